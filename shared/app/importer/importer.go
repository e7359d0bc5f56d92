// Package importer puts the portfolio import together. It stands apart from app, so that no function links what only the import needs.
package importer

import (
	"context"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/portfolio"
)

// New makes an import that acts on a deployment.
func New(ctx context.Context, p app.Parts) (*portfolio.Importer, error) {
	keys, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	store := p.Store()
	return &portfolio.Importer{
		Finder: store, Cases: p.Cases(store), Creditors: store, Index: keys, Vault: p.Vault(), Chance: p.Chance, Now: p.Now,
	}, nil
}
