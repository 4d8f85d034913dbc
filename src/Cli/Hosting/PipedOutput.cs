using Microsoft.Win32.SafeHandles;

namespace Dendrite.Cli.Hosting;

/// <summary>
/// Standard output where it is a pipe: a write that nobody reads any more ends the command, as SIGPIPE ends others.
/// .NET's own stream drops such writes without a word, and what is followed would be followed for ever. Where it is a
/// file, what cannot be written is said of the output, and not of a file that is read.
/// </summary>
/// <param name="pipe">Fails where nobody reads, and also where there is no room and none is waited for.</param>
/// <param name="patient">The same pipe by .NET's stream, which waits for room; of a file both are this one.</param>
internal sealed class PipedOutput(Stream pipe, Stream patient) : Stream
{
    private const int StandardOutput = 1;

    /// <summary>
    /// As much is written whole or not at all (PIPE_BUF of Linux; of others it is less, where pipes that do not wait
    /// are rare).
    /// </summary>
    private const int WholeBytes = 4096;

    private const int BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Standard output of the process, whatever it is.</summary>
    public static Stream Open()
    {
        var console = Console.OpenStandardOutput();
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return console;
        }

        var handle = new SafeFileHandle(StandardOutput, ownsHandle: false);
        var pipe = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        // In a file this stream would write at places of its own, over what other processes append.
        return new PipedOutput(pipe.CanSeek ? console : pipe, console);
    }

    /// <exception cref="CliException">Nobody reads it any more, or it cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var most = pipe == patient ? int.MaxValue : WholeBytes;
        for (; buffer.Length > 0; buffer = buffer[Math.Min(most, buffer.Length)..])
        {
            WriteWhole(buffer[..Math.Min(most, buffer.Length)]);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static int NoRoom => OperatingSystem.IsLinux() ? 11 : 35;

    private void WriteWhole(ReadOnlySpan<byte> piece)
    {
        try
        {
            pipe.Write(piece);
        }
        catch (IOException gone) when (gone.HResult == BrokenPipe)
        {
            throw new CliException(ExitCode.OutputClosed, "OUTPUT_CLOSED", "Nobody reads the output any more.");
        }
        catch (IOException full) when (full.HResult == NoRoom)
        {
            patient.Write(piece);
        }
        catch (IOException failure)
        {
            throw new CliException(
                ExitCode.Failure,
                "FILE_NOT_WRITABLE",
                $"Standard output cannot be written: {failure.Message}."
            );
        }
    }
}
