package dynamodb_test

// table is the definition of the table under test: pk (S) and sk (S), and three indexes on gpk (S) and gsk (N).
func table(name string) doc {
	index := func(name string, projection doc) doc {
		return doc{"IndexName": name, "KeySchema": keySchema("gpk", "gsk"), "Projection": projection}
	}
	return doc{"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keySchema("pk", "sk"),
		"AttributeDefinitions": attributes("pk", "S", "sk", "S", "gpk", "S", "gsk", "N"),
		"GlobalSecondaryIndexes": []any{
			index("by-group", doc{"ProjectionType": "ALL"}), index("by-keys", doc{"ProjectionType": "KEYS_ONLY"}),
			index("by-some", doc{"ProjectionType": "INCLUDE", "NonKeyAttributes": []any{"note"}}),
		}}
}

// flatTable is the definition of a table whose key is one number.
func flatTable(name string) doc {
	return doc{"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keySchema("id"),
		"AttributeDefinitions": attributes("id", "N")}
}

func keySchema(names ...string) []any {
	var elements []any
	for i, name := range names {
		elements = append(elements, doc{"AttributeName": name, "KeyType": []string{"HASH", "RANGE"}[i]})
	}
	return elements
}

func attributes(pairs ...string) []any {
	var list []any
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, doc{"AttributeName": pairs[i], "AttributeType": pairs[i+1]})
	}
	return list
}

// describe draws the calls that are about tables.
func (c *chance) describe() operation {
	name := c.anyTable()
	spec := doc{"AttributeName": pick(c, "expires", "other", "expires"), "Enabled": c.one(2)}
	again := table(c.table)
	broken := table("broken")
	switch c.IntN(16) {
	case 0:
		broken["TableName"] = pick(c, "ab", "a b c", "", "\u00e9\u00e9\u00e9")
	case 1:
		broken["KeySchema"] = pick(c, keySchema("pk"), keySchema("pk", "missing"), keySchema("pk", "pk"), []any{})
	case 2:
		broken["AttributeDefinitions"] = pick(c, attributes("pk", "S"), []any{},
			attributes("pk", "S", "sk", "S", "gpk", "S", "gsk", "N", "x", "S"),
			attributes("pk", "BOOL", "sk", "S", "gpk", "S", "gsk", "N"))
	case 3:
		broken["GlobalSecondaryIndexes"] = pick(c, []any{}, []any{doc{"IndexName": "ab", "KeySchema": keySchema("gpk", "gsk"),
			"Projection": doc{"ProjectionType": "ALL"}}}, []any{doc{"IndexName": "abc", "KeySchema": keySchema("gpk", "gsk"),
			"Projection": doc{"ProjectionType": pick(c, "INCLUDE", "SOME", "")}}})
	case 4:
		delete(broken, pick(c, "KeySchema", "AttributeDefinitions", "TableName"))
	default:
		return pick(c, operation{Name: "DescribeTable", body: doc{"TableName": name}},
			operation{Name: "DescribeTimeToLive", body: doc{"TableName": name}},
			operation{Name: "UpdateTimeToLive", body: doc{"TableName": name, "TimeToLiveSpecification": spec}},
			operation{Name: "CreateTable", body: again})
	}
	return operation{Name: "CreateTable", body: broken}
}
