using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Name">The benchmark.</param>
/// <param name="Extent">How much of it.</param>
/// <param name="Parts">The only parts of it that are run; empty for all.</param>
/// <param name="Output">Where the results go; null for the usual place.</param>
/// <param name="Error">What is wrong with the command line; null if nothing is.</param>
internal sealed record BenchmarkArguments(
    string Name,
    Extent Extent,
    IReadOnlyList<string> Parts,
    string? Output,
    string? Error
)
{
    private const string Usage = "Usage: ./bench NAME [--full | --tiny] [--part PART]... [--output FILE]";

    public static BenchmarkArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new BenchmarkArguments("", Extent.Normal, Parts: [], Output: null, Error: null);
        for (var index = 0; index < arguments.Count; index++)
        {
            switch (arguments[index])
            {
                case "--full":
                    parsed = parsed with { Extent = Extent.Full };
                    break;
                case "--tiny":
                    parsed = parsed with { Extent = Extent.Tiny };
                    break;
                case "--part" when index + 1 < arguments.Count:
                    parsed = parsed with { Parts = [.. parsed.Parts, arguments[++index]] };
                    break;
                case "--output" when index + 1 < arguments.Count:
                    parsed = parsed with { Output = arguments[++index] };
                    break;
                case var name when parsed.Name.Length == 0 && !name.StartsWith('-'):
                    parsed = parsed with { Name = name };
                    break;
                default:
                    return parsed with { Error = $"'{arguments[index]}' is not understood. {Usage}" };
            }
        }

        return parsed.Name.Length > 0 ? parsed : parsed with { Error = $"No benchmark is named. {Usage}" };
    }
}
