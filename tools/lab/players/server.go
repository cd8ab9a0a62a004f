// A TLS server over Go's crypto/tls: a page and goodbye for each client.
//
//	server --port N --certificate FILE --key FILE [--client-authority FILE] [--min 1.2] [--max 1.3] [--hellos FILE]
//
// --client-authority insists on a client certificate of that authority. --hellos serves lines instead of a page: each line is
// answered with the client's own ClientHello in JSON, and all of them are written to the file, in the order they came.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

var (
	port        = flag.Int("port", 8443, "")
	certificate = flag.String("certificate", "server.chain", "")
	key         = flag.String("key", "server.key", "")
	clients     = flag.String("client-authority", "", "")
	least       = flag.String("min", "1.2", "")
	most        = flag.String("max", "1.3", "")
	hellos      = flag.String("hellos", "", "")
)

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

type hello struct {
	Client            string
	CipherSuites      []uint16
	ServerName        string
	SupportedCurves   []tls.CurveID
	SupportedPoints   []uint16
	SignatureSchemes  []tls.SignatureScheme
	SupportedProtos   []string
	SupportedVersions []uint16
}

var (
	collected []*hello
	lock      sync.Mutex
)

func collect(info *tls.ClientHelloInfo) *hello {
	one := &hello{
		info.Conn.RemoteAddr().String(), info.CipherSuites, info.ServerName, info.SupportedCurves, nil,
		info.SignatureSchemes, info.SupportedProtos, info.SupportedVersions,
	}
	for _, point := range info.SupportedPoints {
		one.SupportedPoints = append(one.SupportedPoints, uint16(point))
	}
	lock.Lock()
	defer lock.Unlock()
	collected = append(collected, one)
	text, _ := json.MarshalIndent(collected, "", " ")
	if problem := os.WriteFile(*hellos, append(text, '\n'), 0o644); problem != nil {
		fmt.Fprintln(os.Stderr, "error:", problem)
	}
	return one
}

func main() {
	flag.Parse()
	pair, problem := tls.LoadX509KeyPair(*certificate, *key)
	if problem != nil {
		fmt.Fprintln(os.Stderr, "error:", problem)
		os.Exit(1)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: versions[*least], MaxVersion: versions[*most]}
	if *clients != "" {
		text, _ := os.ReadFile(*clients)
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		config.ClientCAs.AppendCertsFromPEM(text)
	}
	listener, problem := net.Listen("tcp", fmt.Sprintf(":%d", *port))
	if problem != nil {
		fmt.Fprintln(os.Stderr, "error:", problem)
		os.Exit(1)
	}
	for {
		connection, problem := listener.Accept()
		if problem == nil {
			go serve(connection, config)
		}
	}
}

func serve(plain net.Conn, config *tls.Config) {
	var own *hello
	if *hellos != "" {
		config = config.Clone()
		config.GetConfigForClient = func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			own = collect(info)
			return nil, nil
		}
	}
	connection := tls.Server(plain, config)
	defer connection.Close()
	lines := bufio.NewReader(connection)
	for {
		line, problem := lines.ReadString('\n')
		if problem != nil {
			if problem != io.EOF {
				fmt.Fprintln(os.Stderr, "error:", problem)
			}
			return
		}
		if *hellos == "" {
			if line == "\r\n" {
				io.WriteString(connection, "HTTP/1.0 200 OK\r\n\r\nthat was all\n")
				return
			}
			continue
		}
		text, _ := json.Marshal(own)
		connection.Write(text)
	}
}
