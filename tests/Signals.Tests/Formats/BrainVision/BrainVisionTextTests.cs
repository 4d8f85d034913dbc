using System.Text;
using Dendrite.Signals.Formats;
using static Dendrite.Signals.Tests.Formats.BrainVision.BrainVisionFixture;

namespace Dendrite.Signals.Tests.Formats.BrainVision;

/// <summary>Data files of text as programs write them that are not the format's own.</summary>
public sealed class BrainVisionTextTests
{
    [Theory]
    [InlineData(false, ",")]
    [InlineData(false, ", ")]
    [InlineData(true, ",")]
    [InlineData(true, "\t")]
    public async Task Values_between_commas_are_read_as_those_between_blanks_are(bool vectorized, string separator)
    {
        var reader = await Pointed(vectorized, line => line.Replace(" ", separator)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);

        for (int channel = 0; channel < Channels; channel++)
        {
            Assert.Equal(Enumerable.Range(0, Samples).Select(i => Value(channel, i) / 4), all.Channels[channel]);
        }
        Assert.Equal(all.Channels[1][4321..], (await ReadSamples.OfAsync(reader, first: 4321)).Channels[1]);
    }

    [Theory]
    [InlineData("1,5 2,5 3,5")]
    [InlineData("1.5,,3.5")]
    [InlineData(",,1.5,2.5")]
    [InlineData("1.5,2.5 3.5")]
    public async Task Commas_that_may_be_something_else_are_refused(string line)
    {
        var error = await Pointed(true, name => name.Length > 0 ? $"name {line}" : name).RefusedAsync();

        Assert.Equal(("sample", "night.eeg"), (error.Field, error.File));
    }

    /// <summary>The fixture with decimal points, its lines changed; names of channels stay before them.</summary>
    private static FilesInMemory Pointed(bool vectorized, Func<string, string> change)
    {
        var files = Make("ASCII", vectorized, text => text.Replace("DecimalSymbol=,", "DecimalSymbol=."));
        var lines = Encoding
            .ASCII.GetString(files[1].Content)
            .Replace(',', '.')
            .Split("\r\n")
            .Select(line => line.Replace("  ", " ").Trim());
        files[1].Content = Encoding.ASCII.GetBytes(string.Join("\r\n", lines.Select(change)));
        return new(files);
    }
}
