using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Workflows;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tests.Workflows;

public sealed class WorkflowViewTests
{
    [Theory]
    [InlineData(1, "waits for 1 finished stream +15 h")]
    [InlineData(2, "waits for 2 finished streams +15 h")]
    public void A_step_is_told_in_words_with_its_time(int streams, string told)
    {
        using var output = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var workflow = new Workflow { Name = "projects/lab/workflows/night", UpdateTime = new() };
        workflow.Steps.Add(
            new WorkflowStep
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = streams },
                Timeout = Duration.FromTimeSpan(TimeSpan.FromHours(15)),
            }
        );

        WorkflowView.Write(new CliOutput(host, json: false), workflow);

        Assert.Matches(told, output.ToString());
    }
}
