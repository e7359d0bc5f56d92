package collection

import "github.com/regua/regua/shared/money"

// Component is one part of what is owed.
type Component string

// The components of what is owed.
const (
	ComponentPrincipal  Component = "principal"
	ComponentFine       Component = "fine"
	ComponentInterest   Component = "interest"   // on arrears
	ComponentCorrection Component = "correction" // of the principal by an index
	ComponentFinancing  Component = "financing"  // interest of a deal's schedule
	ComponentIOF        Component = "iof"
)

// LegalDistribution is the order in which money is spread over components when nothing else was agreed: charges before the principal
// (Código Civil art. 354).
func LegalDistribution() []Component {
	return []Component{
		ComponentIOF, ComponentFinancing, ComponentInterest, ComponentFine, ComponentCorrection, ComponentPrincipal,
	}
}

// Components is an amount by what it is for, in centavos.
type Components struct {
	Principal, Fine, Interest, Correction, Financing, IOF money.Centavos
}

// Of is a pointer to the amount of one component, nil for a component that there is not.
func (c *Components) Of(part Component) *money.Centavos {
	switch part {
	case ComponentPrincipal:
		return &c.Principal
	case ComponentFine:
		return &c.Fine
	case ComponentInterest:
		return &c.Interest
	case ComponentCorrection:
		return &c.Correction
	case ComponentFinancing:
		return &c.Financing
	case ComponentIOF:
		return &c.IOF
	}
	return nil
}

// Total is the sum of all components, or money.ErrOverflow.
func (c Components) Total() (money.Centavos, error) {
	return money.Sum(c.Principal, c.Fine, c.Interest, c.Correction, c.Financing, c.IOF)
}

// Add is c and d by component, or money.ErrOverflow.
func (c Components) Add(d Components) (Components, error) { return c.each(d, money.Centavos.Add) }

// Sub is c less d by component, or money.ErrOverflow.
func (c Components) Sub(d Components) (Components, error) { return c.each(d, money.Centavos.Sub) }

func (c Components) each(d Components, op func(a, b money.Centavos) (money.Centavos, error)) (Components, error) {
	for _, part := range LegalDistribution() {
		sum, err := op(*c.Of(part), *d.Of(part))
		if err != nil {
			return Components{}, err
		}
		*c.Of(part) = sum
	}
	return c, nil
}

// Take spreads an amount over the components in the given order, each up to what it holds, and returns what each took. What is left over
// when all are full is taken by none; a negative amount takes nothing.
func (c Components) Take(amount money.Centavos, order []Component) Components {
	var taken Components
	for _, part := range order {
		holds := c.Of(part)
		if holds == nil {
			continue
		}
		share := max(0, min(amount, *holds-*taken.Of(part)))
		*taken.Of(part) += share
		amount -= share
	}
	return taken
}
