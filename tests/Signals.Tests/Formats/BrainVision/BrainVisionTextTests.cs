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

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "DataPoints=5000")]
    [InlineData(true, "")]
    [InlineData(true, "DataPoints=5000")]
    public async Task Text_cut_anywhere_in_its_last_lines_gives_the_samples_that_are_whole(
        bool vectorized,
        string points
    )
    {
        var files = Make("ASCII", vectorized, text => text.Replace("[Binary", $"{points}\n[Binary"));
        byte[] content = files[1].Content;
        for (int length = content.Length - 40; length < content.Length; length++)
        {
            files[1].Content = content[..length];

            var reader = await new FilesInMemory(files).OpenAsync();
            var samples = await ReadSamples.OfAsync(reader);

            int count = samples.Channels[0].Length;
            Assert.InRange(count, Samples - 12, Samples);
            for (int channel = 0; channel < Channels; channel++)
            {
                // The last number of a line may lack digits and be one all the same.
                int known = channel == Channels - 1 ? count - 1 : count;
                var expected = Enumerable.Range(0, known).Select(i => Value(channel, i) / 4);
                Assert.Equal(expected, samples.Channels[channel][..known]);
            }
            bool isSaid = reader.Recording.Warnings.Any(w =>
                w.Kind is RecordingWarningKind.Truncated or RecordingWarningKind.RecordsMissing
            );
            Assert.True(isSaid || count == Samples || points.Length == 0, $"{length} of {content.Length}");
        }
    }

    [Fact]
    public async Task Text_that_lost_a_whole_channel_is_refused()
    {
        var files = Make("ASCII", vectorized: true);
        files[1].Content = files[1].Content[..(files[1].Content.Length / 2)];

        Assert.Equal("data", (await new FilesInMemory(files).RefusedAsync()).Field);
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
