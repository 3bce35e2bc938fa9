package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

const startLimit = 120 * time.Second

// waitReady returns when /readyz answers 200, or with the reason why it never will.
func (in *instance) waitReady(kin *family, stop <-chan os.Signal) error {
	client, err := in.adminClient()
	if err != nil {
		return err
	}
	limit := time.After(startLimit)
	for {
		if in.isReady(client) {
			return nil
		}
		select {
		case <-stop:
			return errors.New("stopped before the API server was ready")
		case name := <-kin.gone:
			return fmt.Errorf("%s ended during the start, see %s", name, in.path(name+".log"))
		case <-limit:
			return fmt.Errorf("the API server is not ready after %s, see %s", startLimit, in.path("kube-apiserver.log"))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (in *instance) adminClient() (*http.Client, error) {
	authority, err := os.ReadFile(in.path("pki", "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	return &http.Client{Timeout: 2 * time.Second, Transport: transport}, nil
}

func (in *instance) isReady(client *http.Client) bool {
	request, err := http.NewRequest(http.MethodGet, in.url()+"/readyz", nil)
	if err != nil {
		return false
	}
	request.Header.Set("Authorization", "Bearer "+in.state.Tokens["admin"])
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
