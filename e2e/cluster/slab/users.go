package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

const kubeconfigTemplate = `apiVersion: v1
kind: Config
clusters: [{name: slab, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: %q, user: {token: %s}}]
contexts: [{name: slab, context: {cluster: slab, user: %q}}]
current-context: slab
`

// user is somebody with a static token; RBAC decides what the name and the groups may do.
type user struct {
	name, groups, file string
}

func (in *instance) allUsers() []user {
	list := []user{
		{"admin", "system:masters", "kubeconfig"},
		{"system:kube-controller-manager", "", "controllers.kubeconfig"},
		{"system:kube-scheduler", "", "scheduler.kubeconfig"},
	}
	for _, entry := range strings.Split(in.users, ",") {
		name, groups, _ := strings.Cut(entry, "=")
		if name == "" {
			continue
		}
		file := strings.ReplaceAll(strings.TrimPrefix(name, "system:"), ":", "-") + ".kubeconfig"
		list = append(list, user{name, strings.ReplaceAll(groups, "+", ","), file})
	}
	return list
}

// writeUsers writes tokens.csv for the API server and one kubeconfig each; system:node:a has node-a.kubeconfig.
func (in *instance) writeUsers() error {
	authority, err := os.ReadFile(in.path("pki", "ca.crt"))
	if err != nil {
		return err
	}
	encoded := base64.StdEncoding.EncodeToString(authority)
	var table strings.Builder
	for _, who := range in.allUsers() {
		token := in.token(who.name)
		fmt.Fprintf(&table, "%s,%s,%s,%q\n", token, who.name, who.name, who.groups)
		content := fmt.Sprintf(kubeconfigTemplate, in.url(), encoded, who.name, token, who.name)
		if err := os.WriteFile(in.path(who.file), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(in.path("tokens.csv"), []byte(table.String()), 0o600)
}

func (in *instance) token(name string) string {
	if in.state.Tokens[name] == "" {
		secret := make([]byte, 16)
		rand.Read(secret) // never fails: it ends the program instead
		in.state.Tokens[name] = hex.EncodeToString(secret)
	}
	return in.state.Tokens[name]
}
