using Dendrite.Cli.Output;
using Dendrite.Cli.Streams;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary>Says on standard error what a read leaves out, so that nobody takes its lines for all there is.</summary>
internal sealed class MissingSamples(CliOutput output)
{
    /// <summary>As many as a person reads; <c>gaps</c> and <c>mask list</c> have them all.</summary>
    private const int Told = 10;

    private int count;

    public void Tell(Gap gap)
    {
        if (++count <= Told)
        {
            var channels = gap.Channels.Count == 0 ? "" : $" of {string.Join(", ", gap.Channels)}";
            output.WarnAlways(
                $"samples {gap.Range.StartSample} to {gap.Range.EndSample}{channels} are missing: "
                    + $"{GapsCommand.Cause(gap.Cause)}."
            );
        }
    }

    public void Complete()
    {
        if (count > Told)
        {
            var more = Figures.Count(count - Told, "more range is", "more ranges are");
            output.WarnAlways($"{more} missing: see 'dendrite gaps' and 'dendrite mask list'.");
        }
    }
}
