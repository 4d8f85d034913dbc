using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Tailing;
using Dendrite.Signals.Blocks;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Tests.Tailing;

/// <summary>What a tail shows of what comes.</summary>
public sealed class TailViewTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private readonly MemoryStream samples = new();

    public void Dispose() => samples.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Samples_that_come_again_after_a_reset_are_told_of_and_are_hidden_no_more(bool json)
    {
        using var view = new SampleTailView(Host, new(Host, json), physical: false);
        await ShowAsync(view, Header(0), Gap(2, 9, "c"), Chunk(0, 1, 2, 3, 4), Header(4), Chunk(4, 5));
        Assert.DoesNotContain("reset", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("header", output.ToString(), StringComparison.Ordinal);

        await ShowAsync(view, Header(3), Chunk(3, 7));

        var written = System.Text.Encoding.UTF8.GetString(samples.ToArray());
        Assert.EndsWith(json ? "[4,null]\n[3,7]\n" : "\n4,\n3,7\n", written, StringComparison.Ordinal);
        Assert.Contains(
            json ? "\"header\"" : "warning: the branch was reset: it goes on at sample 3",
            json ? output.ToString() : error.ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Notes_do_not_reach_a_terminal_as_commands()
    {
        using var view = new SampleTailView(Host, new(Host, json: false), physical: false);
        var note = new Annotation { StartSample = 4, Text = "a\e[2Jb\u009b31mc\rd" };
        await ShowAsync(view, Gap(1, 2, note: "x\e[Ay"), new TailResponse { Annotation = note });

        Assert.Equal(
            ["missing: samples 1 to 2 (Unspecified) x [Ay", "note at sample 4: a [2Jb 31mc d"],
            error.ToString().TrimEnd().Split('\n')
        );
    }

    [Fact]
    public void Words_of_others_are_written_without_what_a_terminal_obeys()
    {
        var words = new CliOutput(Host, json: false);
        words.Note("a\e[2Jb\u009bc\td\r");
        words.Warn("\eone\ntwo");
        words.WriteError("\u0007gone");

        Assert.Equal("a[2Jbc\td\nwarning: one\ntwo\nerror: gone\n", error.ToString());
    }

    private CliHost Host =>
        new()
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => samples,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };

    private static async Task ShowAsync(SampleTailView view, params TailResponse[] messages)
    {
        foreach (var message in messages)
        {
            await view.ShowAsync(message, TestContext.Current.CancellationToken);
        }
    }

    private static TailResponse Header(long start) =>
        new()
        {
            Header = new()
            {
                Range = new() { StartSample = start, EndSample = start },
                Channels =
                {
                    new SignalChannel { Label = "c", SampleType = Dendrite.V1.SampleType.Int16 },
                },
            },
        };

    private static TailResponse Chunk(long first, params short[] values)
    {
        byte[] bytes = [.. values.SelectMany(BitConverter.GetBytes)];
        return new()
        {
            Chunk = new()
            {
                FirstSample = first,
                SampleCount = values.Length,
                Data = ByteString.CopyFrom(bytes),
                Crc32C = Crc32C.Compute(bytes),
            },
        };
    }

    private static TailResponse Gap(long from, long to, string? channel = null, string note = "") =>
        new()
        {
            Gap = new()
            {
                Range = new() { StartSample = from, EndSample = to },
                Channels = { channel is null ? [] : new[] { channel } },
                Note = note,
            },
        };
}
