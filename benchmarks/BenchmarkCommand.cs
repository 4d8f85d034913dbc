using Dendrite.Benchmarks.Branching;
using Dendrite.Benchmarks.Codec;
using Dendrite.Benchmarks.Comparison;
using Dendrite.Benchmarks.Grpc;
using Dendrite.Benchmarks.Ingest;
using Dendrite.Benchmarks.Reporting;
using Dendrite.Benchmarks.Scheduling;

namespace Dendrite.Benchmarks;

/// <summary>
/// The command line: <c>bench NAME [--full | --tiny] [--part PART]... [--output FILE]</c>; without a name it lists
/// them.
/// </summary>
public static class BenchmarkCommand
{
    private const int Done = 0;
    private const int WrongUsage = 2;

    private static readonly IReadOnlyList<IBenchmark> Benchmarks =
    [
        new GrpcBenchmark(),
        new BranchingBenchmark(),
        new IngestBenchmark(),
        new CodecBenchmark(),
        new ComparisonBenchmark(),
        new SchedulerBenchmark(),
    ];

    /// <summary>Runs what the arguments ask for; the exit code. Missed aims are results, not failures.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter errors,
        CancellationToken cancellationToken = default
    )
    {
        if (arguments.Count == 0)
        {
            await ListAsync(output);
            return Done;
        }

        var asked = BenchmarkArguments.Parse(arguments);
        if (asked.Error is not null)
        {
            await errors.WriteLineAsync(asked.Error);
            return WrongUsage;
        }

        var benchmark = Benchmarks.FirstOrDefault(each => each.Name == asked.Name);
        if (benchmark is null)
        {
            await errors.WriteLineAsync($"There is no benchmark '{asked.Name}'. These are:");
            await ListAsync(errors);
            return WrongUsage;
        }

        if (asked.Parts.FirstOrDefault(each => !benchmark.Parts.Contains(each)) is { } part)
        {
            await errors.WriteLineAsync($"{benchmark.Name} has no part '{part}'. {PartsOf(benchmark)}");
            return WrongUsage;
        }

        await RunAsync(benchmark, asked, output, cancellationToken);
        return Done;
    }

    private static async Task RunAsync(
        IBenchmark benchmark,
        BenchmarkArguments asked,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        await output.WriteLineAsync($"{benchmark.Name}: {benchmark.Summary}");
        var results = new List<BenchmarkResult>();
        await foreach (var result in benchmark.RunAsync(new(asked.Extent, asked.Parts), cancellationToken))
        {
            await output.WriteLineAsync($"  {result.Case}: {result.Value:G4} {result.Unit}");
            results.Add(result);
        }

        var name = string.Join('-', asked.Parts.Prepend(benchmark.Name));
        var file = asked.Output ?? Path.Combine("artifacts", "bench", $"{name}.json");
        await ResultFile.WriteAsync(file, results, cancellationToken);
        ResultTable.Write(results, output);
        await output.WriteLineAsync($"Written to {file}");
    }

    private static string PartsOf(IBenchmark benchmark) =>
        benchmark.Parts.Count > 0 ? $"Its parts: {string.Join(", ", benchmark.Parts)}." : "It runs only whole.";

    private static async Task ListAsync(TextWriter output)
    {
        foreach (var benchmark in Benchmarks)
        {
            await output.WriteLineAsync($"  {benchmark.Name, -10} {benchmark.Summary}. {PartsOf(benchmark)}");
        }
    }
}
