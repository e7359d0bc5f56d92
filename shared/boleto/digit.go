package boleto

// generalDigit is the check digit of a barcode's other 43 digits: weights 2 to 9 from the right, 11 less the rest of the sum by 11, and 1
// where that is 0, 10 or 11.
func generalDigit(others string) byte {
	sum, weight := 0, 2
	for i := len(others) - 1; i >= 0; i-- {
		sum += int(others[i]-'0') * weight
		if weight++; weight > 9 {
			weight = 2
		}
	}
	digit := 11 - sum%11
	if digit > 9 {
		digit = 1
	}
	return '0' + byte(digit)
}

// fieldDigit is the check digit of one field of the typed line: weights 2 and 1 in turn from the right, the digits of each product added
// up, and what is missing to the next ten.
func fieldDigit(field string) byte {
	sum, weight := 0, 2
	for i := len(field) - 1; i >= 0; i-- {
		product := int(field[i]-'0') * weight
		sum += product/10 + product%10
		weight = 3 - weight
	}
	return '0' + byte((10-sum%10)%10)
}
