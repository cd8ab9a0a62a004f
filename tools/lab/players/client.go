// A TLS client over Go's crypto/tls. Asks for a page and leaves; says what went wrong on its standard error.
//
//	client --host ADDRESS --port N --name NAME --authority FILE [--certificate FILE --key FILE] [--strict]
//	       [--min 1.2] [--max 1.3] [--give-up SECONDS] [--line] [--measure FILE]
//
// --strict refuses to go on when a certificate is asked for and there is none. --line sends a line instead of a request.
// --measure writes what the program itself saw of the connection, in the words of measurements of reachability: every read and
// write with its number of bytes, and the failure.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

var (
	host        = flag.String("host", "198.51.100.80", "")
	port        = flag.Int("port", 8443, "")
	name        = flag.String("name", "www.example.com", "the server name to ask for and to insist on")
	authority   = flag.String("authority", "rootCA.crt", "")
	certificate = flag.String("certificate", "", "")
	key         = flag.String("key", "", "")
	strict      = flag.Bool("strict", false, "")
	least       = flag.String("min", "1.2", "")
	most        = flag.String("max", "1.3", "")
	giveUp      = flag.Float64("give-up", 5, "seconds for connecting and for the handshake, each")
	line        = flag.Bool("line", false, "")
	measure     = flag.String("measure", "", "")
)

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

type event struct {
	Operation string  `json:"operation"`
	NumBytes  int     `json:"num_bytes"`
	T         float64 `json:"t"`
	Failure   *string `json:"failure"`
}

type measurement struct {
	Address       string  `json:"address"`
	ServerName    string  `json:"server_name"`
	TCPConnect    *string `json:"tcp_connect_failure"`
	TLSHandshake  *string `json:"tls_handshake_failure"`
	Version       string  `json:"tls_version,omitempty"`
	CipherSuite   string  `json:"cipher_suite,omitempty"`
	Protocol      string  `json:"negotiated_proto,omitempty"`
	NetworkEvents []event `json:"network_events"`
}

// watched notes every read and write of a connection.
type watched struct {
	net.Conn
	began  time.Time
	events *[]event
}

func (w watched) note(operation string, count int, problem error) {
	*w.events = append(*w.events, event{operation, count, time.Since(w.began).Seconds(), failure(problem)})
}

func (w watched) Read(data []byte) (int, error) {
	count, problem := w.Conn.Read(data)
	w.note("read", count, problem)
	return count, problem
}

func (w watched) Write(data []byte) (int, error) {
	count, problem := w.Conn.Write(data)
	w.note("write", count, problem)
	return count, problem
}

// failure names an error as measurements of reachability do.
func failure(problem error) *string {
	if problem == nil {
		return nil
	}
	var timeout net.Error
	var hostname x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	word := "unknown_failure: " + problem.Error()
	switch {
	case errors.Is(problem, syscall.ECONNRESET):
		word = "connection_reset"
	case errors.Is(problem, syscall.ECONNREFUSED):
		word = "connection_refused"
	case errors.Is(problem, io.EOF):
		word = "eof_error"
	case errors.Is(problem, context.DeadlineExceeded), errors.Is(problem, net.ErrClosed), errors.As(problem, &timeout) && timeout.Timeout():
		word = "generic_timeout_error"
	case errors.As(problem, &hostname):
		word = "ssl_invalid_hostname"
	case errors.As(problem, &unknown):
		word = "ssl_unknown_authority"
	case errors.As(problem, &invalid):
		word = "ssl_invalid_certificate"
	}
	return &word
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

func configuration() *tls.Config {
	roots := x509.NewCertPool()
	if text, problem := os.ReadFile(*authority); problem == nil {
		roots.AppendCertsFromPEM(text)
	}
	config := &tls.Config{
		ServerName: *name, RootCAs: roots, NextProtos: []string{"h2", "http/1.1"},
		MinVersion: versions[*least], MaxVersion: versions[*most],
	}
	if *certificate != "" {
		pair, problem := tls.LoadX509KeyPair(*certificate, *key)
		if problem != nil {
			fail("certificate", problem)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if *strict {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return nil, errors.New("the server wants a certificate and there is none")
		}
	}
	if path := os.Getenv("SSLKEYLOGFILE"); path != "" {
		if file, problem := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); problem == nil {
			config.KeyLogWriter = file
		}
	}
	return config
}

func fail(what string, problem error) {
	fmt.Fprintf(os.Stderr, "error: %s: %v\n", what, problem)
	os.Exit(1)
}

func save(result *measurement) {
	if *measure == "" {
		return
	}
	text, _ := json.MarshalIndent(result, "", " ")
	if problem := os.WriteFile(*measure, append(text, '\n'), 0o644); problem != nil {
		fail("measure", problem)
	}
}

func main() {
	flag.Parse()
	began := time.Now()
	result := &measurement{Address: net.JoinHostPort(*host, fmt.Sprint(*port)), ServerName: *name, NetworkEvents: []event{}}
	plain, problem := net.DialTimeout("tcp", result.Address, seconds(*giveUp))
	if result.TCPConnect = failure(problem); problem != nil {
		save(result)
		fail("connect", problem)
	}
	connection := tls.Client(watched{plain, began, &result.NetworkEvents}, configuration())
	within, cancel := context.WithTimeout(context.Background(), seconds(*giveUp))
	defer cancel()
	problem = connection.HandshakeContext(within)
	if result.TLSHandshake = failure(problem); problem != nil {
		save(result)
		plain.Close()
		fail("handshake", problem)
	}
	state := connection.ConnectionState()
	result.Version = "TLSv" + strings.TrimPrefix(map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[state.Version], "TLSv")
	result.CipherSuite, result.Protocol = tls.CipherSuiteName(state.CipherSuite), state.NegotiatedProtocol
	save(result)
	talk(connection)
}

func talk(connection *tls.Conn) {
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(seconds(*giveUp)))
	request := "GET / HTTP/1.0\r\n\r\n"
	if *line {
		request = "hello\n"
	}
	if _, problem := io.WriteString(connection, request); problem != nil {
		fail("write", problem)
	}
	if *line {
		answer := make([]byte, 1000)
		if _, problem := connection.Read(answer); problem != nil {
			fail("read", problem)
		}
		return
	}
	if _, problem := io.Copy(io.Discard, connection); problem != nil {
		fail("read", problem)
	}
}
