using System.Text.Json;

namespace Dendrite.Benchmarks.Tests;

/// <summary>Benchmarks cannot rot: every one is run here, as small as it gets. Figures are not looked at.</summary>
public sealed class BenchmarkCommandTests
{
    private static readonly string[] Fields =
    [
        "case",
        "value",
        "unit",
        "baseline",
        "baseline_value",
        "ratio",
        "aim",
        "met",
    ];

    [Theory]
    [InlineData("grpc")]
    [InlineData("branching")]
    [InlineData("codec")]
    [InlineData("comparison")]
    [InlineData("ingest")]
    [InlineData("scheduler")]
    public async Task A_benchmark_runs_and_writes_its_results(string name)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{name}-{Environment.ProcessId}.json");
        try
        {
            var (exitCode, output, _) = await RunAsync(name, "--tiny", "--output", file);

            Assert.Equal(0, exitCode);
            Assert.Contains($"Written to {file}", output, StringComparison.Ordinal);
            var cancellationToken = TestContext.Current.CancellationToken;
            using var results = JsonDocument.Parse(await File.ReadAllTextAsync(file, cancellationToken));
            Assert.NotEmpty(results.RootElement.EnumerateArray());
            Assert.All(
                results.RootElement.EnumerateArray(),
                result => Assert.Equal(Fields, result.EnumerateObject().Select(field => field.Name))
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Without_a_name_the_benchmarks_are_listed()
    {
        var (exitCode, output, _) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("grpc", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_name_is_an_error_that_lists_the_known_ones()
    {
        var (exitCode, _, errors) = await RunAsync("gprc");

        Assert.Equal(2, exitCode);
        Assert.Contains("no benchmark 'gprc'", errors, StringComparison.Ordinal);
        Assert.Contains("  grpc", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branching", "forks", "Its parts: forks, creates,")]
    [InlineData("grpc", "streams", "It runs only whole.")]
    public async Task An_unknown_part_is_an_error_that_lists_the_known_ones(string name, string part, string known)
    {
        var (exitCode, _, errors) = await RunAsync(name, "--part", $"no-{part}");

        Assert.Equal(2, exitCode);
        Assert.Contains($"{name} has no part 'no-{part}'. {known}", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_runs_alone()
    {
        var file = Path.Combine(Path.GetTempPath(), $"part-{Environment.ProcessId}.json");
        try
        {
            var (exitCode, output, _) = await RunAsync("branching", "--tiny", "--part", "merges", "--output", file);

            Assert.Equal(0, exitCode);
            Assert.Contains("merge an experiment", output, StringComparison.Ordinal);
            Assert.DoesNotContain("create a branch", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--tiny")]
    [InlineData("grpc", "--fast")]
    [InlineData("grpc", "branching")]
    [InlineData("grpc", "--output")]
    [InlineData("grpc", "--part")]
    public async Task What_is_not_understood_is_an_error_with_the_usage(params string[] arguments)
    {
        var (exitCode, _, errors) = await RunAsync(arguments);

        Assert.Equal(2, exitCode);
        Assert.Contains("Usage: ./bench", errors, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await BenchmarkCommand
            .RunAsync(arguments, output, errors, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), errors.ToString());
    }
}
