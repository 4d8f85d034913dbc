using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Sources;

/// <summary>Which branch a source writes to.</summary>
public sealed class SourceOptionsTests : IDisposable
{
    private readonly string definition = Path.GetTempFileName();

    public void Dispose() => File.Delete(definition);

    [Theory]
    [InlineData("source create s --definition FILE", "main/datasets/dm")]
    [InlineData("source create s --definition FILE --branch trial", "trial/datasets/dm")]
    [InlineData("source create s --definition FILE --branch trial --dataset ae", "trial/datasets/ae")]
    [InlineData("source create s --definition FILE --dataset ae", "main/datasets/ae")]
    [InlineData("source create s --dataset ae --branch trial --folder in", "trial/datasets/ae")]
    [InlineData("source update weather --branch trial", "trial/datasets/weather")]
    [InlineData("source update weather --definition FILE --branch trial", "trial/datasets/dm")]
    [InlineData("source update weather --dataset ae", "main/datasets/ae")]
    [InlineData("source update weather --title Weather", "main/datasets/weather")]
    [InlineData("source create s --dataset projects/lab/branches/trial/datasets/ae --folder in", "trial/datasets/ae")]
    [InlineData(
        "source create s --dataset projects/lab/branches/trial/datasets/ae -b trial --folder in",
        "trial/datasets/ae"
    )]
    public async Task A_source_writes_to_the_branch_that_is_named(string line, string dataset)
    {
        await using var platform = await FakePlatform.StartAsync();
        await DefineAsync("""{"dataset": "projects/lab/branches/main/datasets/dm", "folder": {"path": "in"}}""");

        var run = await CommandRun.DoAsync(platform.Variables, [.. Arguments(line), "--json"]);

        var source = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal($"projects/lab/branches/{dataset}", source.GetProperty("dataset").GetString());
    }

    [Fact]
    public async Task A_branch_of_no_dataset_is_refused()
    {
        await using var platform = await FakePlatform.StartAsync();
        await DefineAsync("""{"displayName": "Weather"}""");

        var run = await CommandRun.OfAsync(
            platform.Variables,
            Arguments("source create s --definition FILE --branch trial")
        );

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--branch", run.Error, StringComparison.Ordinal);
        Assert.Contains("--dataset", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_beside_a_dataset_of_another_branch_is_refused()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(
            platform.Variables,
            Arguments("source create s --dataset projects/lab/branches/main/datasets/ae --branch trial")
        );

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("not on the branch that --branch names, projects/lab/branches/trial", run.Error);
    }

    private Task DefineAsync(string json) =>
        File.WriteAllTextAsync(definition, json, TestContext.Current.CancellationToken);

    private string[] Arguments(string line) => [.. line.Split(' ').Select(word => word == "FILE" ? definition : word)];
}
