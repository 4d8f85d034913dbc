using System.IO.Pipes;
using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Microsoft.Win32.SafeHandles;

namespace Dendrite.Cli.Tests.Hosting;

public sealed class PipedOutputTests
{
    [Theory]
    [InlineData("job log nightly/7 --follow")]
    [InlineData("job log nightly/7 --follow --json")]
    [InlineData("branch list")]
    [InlineData("--help")]
    public async Task Where_nobody_reads_the_output_any_more_a_command_ends_without_a_word(string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has pipes of another sort");
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Lines.AddRange(["one", "two", "three"]);
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var output = new StreamWriter(Over(pipe), leaveOpen: true) { AutoFlush = true };
        pipe.DisposeLocalCopyOfClientHandle();

        var run = await CommandRun.OfAsync(
            platform.Variables,
            command.Split(' '),
            output,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((ExitCode.OutputClosed, ""), (run.ExitCode, run.Error));
        Assert.InRange(platform.Runs.Starts.Count, 0, 1);
    }

    [Fact]
    public async Task What_is_longer_than_a_pipe_holds_comes_through_whole()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has pipes of another sort");
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}\n"));
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var cancellation = TestContext.Current.CancellationToken;
        using var reader = new StreamReader(new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle));
        var read = Task.Run(() => reader.ReadToEndAsync(cancellation), cancellation);

        await using (var output = Over(pipe))
        {
            await output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        }

        await pipe.DisposeAsync();
        Assert.Equal(text, await read);
    }

    [Fact]
    public async Task A_pipe_without_room_that_is_not_waited_for_is_written_to_by_the_stream_that_waits()
    {
        using var patient = new MemoryStream();
        await using var output = new PipedOutput(new FullStream(), patient);

        await output.WriteAsync(new byte[10_000], TestContext.Current.CancellationToken);

        Assert.Equal(10_000, patient.Length);
    }

    [Theory]
    [InlineData("branch list --json")]
    [InlineData("--help")]
    public async Task A_full_disk_is_said_of_the_output_and_of_no_file_that_is_read(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        var full = new FullStream { Failure = new IOException("No space left on device", 28) };
        await using var output = new StreamWriter(new PipedOutput(full, full)) { AutoFlush = true };

        var run = await CommandRun.OfAsync(
            platform.Variables,
            command.Split(' '),
            output,
            TestContext.Current.CancellationToken
        );

        full.Failure = null;
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("Standard output cannot be written: No space left", run.Error, StringComparison.Ordinal);
        Assert.Equal(command.Contains("--json"), run.Error.Contains("FILE_NOT_WRITABLE", StringComparison.Ordinal));
    }

    private static PipedOutput Over(AnonymousPipeServerStream pipe)
    {
        var handle = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        return new(new FileStream(handle, FileAccess.Write, bufferSize: 0), Stream.Null);
    }

    /// <summary>Says EAGAIN to everything, or something else.</summary>
    private sealed class FullStream : MemoryStream
    {
        public IOException? Failure { get; set; } =
            new("Resource temporarily unavailable", OperatingSystem.IsLinux() ? 11 : 35);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Failure is not null)
            {
                throw Failure;
            }
        }
    }
}
