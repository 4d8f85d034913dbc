using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary><c>dendrite tail</c> against the real service.</summary>
public sealed class TailCommandTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task Each_second_of_each_channel_is_a_line_of_figures_until_the_stream_is_finished()
    {
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            $"tail eeg -b {await RecordAsync(600)} --from 0 --channels c1,c0"
        );

        Assert.Equal(ExitCode.Success, run.ExitCode);
        var rows = run.Text.TrimEnd('\n').Split('\n').Select(Cells).ToArray();
        Assert.Equal(["FROM", "TIME", "CHANNEL", "SAMPLES", "MIN", "MAX", "MEAN", "RMS", "UNIT"], rows[0]);
        Assert.Equal(7, rows.Length);
        Assert.Equal(["0", "05:06:07.000Z", "c1", "256"], rows[1][..4]);
        Assert.Equal(["512", "05:06:09.000Z", "c0", "88"], rows[6][..4]);
        double[] second = [.. Enumerable.Range(256, 256).Select(i => (Recording.SampleOf(0, i) * 0.5) + 1)];
        string[] figures =
        [
            $"{second.Min():G6}",
            $"{second.Max():G6}",
            $"{second.Average():G6}",
            $"{Math.Sqrt(second.Average(value => value * value)):G6}",
            "uV",
        ];
        Assert.Equal(figures, rows[4][4..]);
        Assert.Contains("finished at sample 600", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_get_the_header_an_object_for_each_second_and_the_end()
    {
        var run = await CommandRun.OfAsync(fixture.Variables, $"tail eeg -b {await RecordAsync(300)} --from 0 --json");

        var lines = run.Text.TrimEnd('\n').Split('\n');
        Assert.Equal(1 + (2 * Recording.Channels) + 1, lines.Length);
        Assert.StartsWith("""{ "header": {""", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("""{"channel":"c0","unit":"uV","startSample":0,"endSample":256,""", lines[1]);
        Assert.StartsWith("""{ "finished": {""", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_are_written_as_read_writes_them()
    {
        var branch = await RecordAsync(300);
        foreach (var options in new[] { "", " --physical", " --json" })
        {
            var tail = await CommandRun.OfAsync(fixture.Variables, $"tail eeg -b {branch} --from 0 --samples{options}");
            var read = await CommandRun.OfAsync(fixture.Variables, $"read eeg -b {branch}{options}");
            Assert.Equal(ExitCode.Success, tail.ExitCode);
            Assert.All(read.Text.TrimEnd('\n').Split('\n').Skip(1), line => Assert.Contains(line, tail.Text));
        }
    }

    [Fact]
    public async Task Stopping_it_ends_it_at_once_with_what_there_is_of_the_second_and_no_word_of_error()
    {
        var branch = await RecordAsync(300, finish: false);
        using var stop = new CancellationTokenSource();
        // Four lines are the first second: whoever saw it presses Ctrl-C.
        using var output = new CountingWriter(5, stop.Cancel);
        var run = await CommandRun.OfAsync(
            fixture.Variables,
            $"tail eeg -b {branch} --from 0".Split(' '),
            output,
            stop.Token
        );

        Assert.Equal((ExitCode.Cancelled, ""), (run.ExitCode, run.Error));
        Assert.Equal(["256", "05:06:08.000Z", "c0", "44"], Cells(run.Text.Split('\n')[5])[..4]);
    }

    [Theory]
    [InlineData("tail eeg --from 301", 2, "start_sample")]
    [InlineData("tail eeg --channels c9", 3, "c9")]
    [InlineData("tail gone", 3, "does not exist")]
    [InlineData("tail eeg --max-lag 2h", 2, "--max-lag: ")]
    [InlineData("tail eeg --max-lag soon", 2, "'soon' is not a time")]
    public async Task What_cannot_be_followed_is_said(string command, int expected, string said)
    {
        var run = await CommandRun.OfAsync(fixture.Variables, $"{command} -b {await RecordAsync(300)}");

        Assert.Equal(expected, (int)run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string> RecordAsync(int samples, bool finish = true)
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, samples));
        await gateway.CloseAsync(finish);
        return branch;
    }

    /// <summary>Does something at the end of a line.</summary>
    private sealed class CountingWriter(int lines, Action act) : StringWriter(new StringBuilder())
    {
        private int written;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (++written == lines)
            {
                act();
            }
        }
    }
}
