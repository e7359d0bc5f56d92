// Package demo is the sample world of the local cloud: three creditors and a seeded portfolio of overdue debts.
package demo

import (
	"embed"
	"fmt"
)

//go:embed creditors/*.json
var creditorFiles embed.FS

// CreditorFiles returns the files of the three sample creditors.
func CreditorFiles() ([][]byte, error) {
	entries, err := creditorFiles.ReadDir("creditors")
	if err != nil {
		return nil, fmt.Errorf("list sample creditors: %w", err)
	}
	var docs [][]byte
	for _, e := range entries {
		doc, err := creditorFiles.ReadFile("creditors/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read sample creditor %s: %w", e.Name(), err)
		}
		docs = append(docs, doc)
	}
	return docs, nil
}
