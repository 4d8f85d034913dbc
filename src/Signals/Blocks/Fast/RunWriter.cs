namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Where frames of a channel are written one after the other; frames that only repeat the sample before them gather
/// into runs.
/// </summary>
internal ref struct RunWriter(Span<byte> output)
{
    private readonly Span<byte> output = output;
    private int repeating;

    /// <summary>Bytes written so far, but for a run that still grows.</summary>
    public int Length { get; private set; }

    /// <summary>A frame whose samples all equal the one before it.</summary>
    public void AddRepeating() => repeating++;

    /// <summary>Room for the next frame.</summary>
    public Span<byte> OpenFrame()
    {
        Flush();
        return output[Length..];
    }

    /// <summary>The frame that was opened took so many bytes.</summary>
    public void CloseFrame(int bytes) => Length += bytes;

    /// <summary>Writes the run that has gathered.</summary>
    public void Flush()
    {
        if (repeating > 0)
        {
            FrameHead.WriteRun(output[Length..], repeating);
            Length += FrameHead.SizeBytes;
            repeating = 0;
        }
    }
}
