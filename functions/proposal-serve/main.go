// Command proposal-serve is the Lambda function that takes acceptances and signatures.
package main

import "github.com/regua/regua/shared/app"

func main() { app.Run(app.ProposalServe) }
