package stack

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/statemachines"
)

// logDelivery is what a machine needs to log; none of it can be narrowed to a resource.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
var logDelivery = []string{
	"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
	"logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
}

// addMachines makes the state machines from their definitions. Execution data stays out of the log: it holds task tokens.
func (c *core) addMachines() error {
	for _, m := range c.product.Machines {
		called := list{}
		definition, err := statemachines.Definition(m.Name, func(name string) string {
			function, ok := c.functions[name]
			if !ok {
				return ""
			}
			return *function.AttrArn()
		})
		if err != nil {
			return err
		}
		for _, name := range m.Functions {
			called = append(called, c.functions[name].AttrArn())
		}
		var short bytes.Buffer
		if err := json.Compact(&short, definition); err != nil {
			return fmt.Errorf("compact definition of %s: %w", m.Name, err)
		}
		logs := c.addLogGroup("Machine", machineLogs, m.Name)
		role := c.addRole(id("MachineRole", m.Name), "states.amazonaws.com", "What "+c.settings.name(m.Name)+" may do", policy(
			allow("CallFunctions", []string{"lambda:InvokeFunction"}, called...),
			allow("DeliverLog", append([]string(nil), logDelivery...), "*"),
		))
		c.machines[m.Name] = awsstepfunctions.NewCfnStateMachine(c.Stack, id("Machine", m.Name), &awsstepfunctions.CfnStateMachineProps{
			StateMachineName: c.name(m.Name), StateMachineType: jsii.String("STANDARD"), RoleArn: role.AttrArn(),
			DefinitionString: jsii.String(short.String()),
			LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
				Level: jsii.String("ERROR"), IncludeExecutionData: false,
				Destinations: list{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
					CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: logs.AttrArn()},
				}},
			},
		})
	}
	return nil
}
