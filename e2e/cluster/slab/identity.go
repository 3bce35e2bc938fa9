package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"time"
)

// authority signs every certificate of one cluster.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// writeCertificates makes the authority and the key of the service accounts once, and the other certificates anew.
func (in *instance) writeCertificates() error {
	ca, err := in.authority()
	if err != nil {
		return err
	}
	for name, template := range leaves() {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		if err := in.issue(name, template, key, ca); err != nil {
			return err
		}
	}
	return in.writeServiceAccountKey()
}

func leaves() map[string]*x509.Certificate {
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return map[string]*x509.Certificate{
		"apiserver": {
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
			IPAddresses: []net.IP{net.ParseIP(loopback), net.ParseIP("10.96.0.1")},
		},
		"front-proxy-client": {ExtKeyUsage: client, Subject: pkix.Name{CommonName: "front-proxy-client"}},
		"apiserver-kubelet": {
			ExtKeyUsage: client,
			Subject:     pkix.Name{CommonName: "kube-apiserver", Organization: []string{"system:masters"}},
		},
	}
}

func (in *instance) authority() (*authority, error) {
	if _, err := os.Stat(in.path("pki", "ca.key")); errors.Is(err, os.ErrNotExist) {
		if err := in.createAuthority(); err != nil {
			return nil, err
		}
	}
	pair, err := tls.LoadX509KeyPair(in.path("pki", "ca.crt"), in.path("pki", "ca.key"))
	if err != nil {
		return nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("pki/ca.key holds no EC key; remove the directory to start afresh")
	}
	return &authority{pair.Leaf, key}, nil
}

func (in *instance) createAuthority() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "slab"},
	}
	return in.issue("ca", template, key, &authority{template, key})
}

// issue writes pki/NAME.crt and pki/NAME.key.
func (in *instance) issue(name string, template *x509.Certificate, key *ecdsa.PrivateKey, ca *authority) error {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return err
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	certificate, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(in.path("pki", name+".crt"), "CERTIFICATE", certificate); err != nil {
		return err
	}
	return writePEM(in.path("pki", name+".key"), "EC PRIVATE KEY", secret)
}

func (in *instance) writeServiceAccountKey() error {
	path := in.path("pki", "sa.key")
	if _, err := os.Stat(path); err == nil {
		return nil // the tokens in use were signed with it
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return writePEM(path, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func writePEM(path, kind string, content []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600)
}
