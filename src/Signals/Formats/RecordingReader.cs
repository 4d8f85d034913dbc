using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats;

/// <summary>
/// A recording that was read whole and found sound, and whose samples can be read as often as wanted. Holds pieces of
/// bounded size, never a whole file. Readings may run at the same time where <see cref="IRecordingFiles"/> allows it.
/// </summary>
/// <param name="recording">All about it but its samples.</param>
/// <param name="files">The names of the files that it consists of, the one that was named first.</param>
public abstract class RecordingReader(Recording recording, IReadOnlyList<string> files)
{
    public Recording Recording { get; } = recording;

    public IReadOnlyList<string> Files { get; } = files;

    /// <summary>
    /// The samples of a stream in order, without holes: what is missing comes as a piece without samples.
    /// </summary>
    /// <param name="stream">Index of the stream in <see cref="Recording.Streams"/>.</param>
    /// <param name="firstSample">Where to begin; 0 to the stream's number of samples.</param>
    /// <exception cref="RecordingFormatException">The file was changed since it was checked.</exception>
    public abstract IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// The gaps and time anchors of a stream in order: pieces without samples, for those who must know where samples
    /// lie in time before they read them. A file is read through once for it.
    /// </summary>
    /// <param name="stream">Index of the stream in <see cref="Recording.Streams"/>.</param>
    public virtual async IAsyncEnumerable<SamplePiece> ReadLayoutAsync(
        int stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var piece in ReadAsync(stream, 0, cancellationToken))
        {
            if (piece.Gap is not null || piece.Anchors.Count > 0)
            {
                yield return piece with
                {
                    Groups = [],
                };
            }
        }
    }
}

/// <summary>The files that a recording may consist of, handed in by the caller: readers touch nothing else.</summary>
public interface IRecordingFiles
{
    /// <summary>Name of the file that was asked for.</summary>
    string MainName { get; }

    /// <summary>
    /// Opens a file beside the main one for reading; null where there is none. Each call opens anew; the reader
    /// disposes.
    /// </summary>
    /// <param name="name">
    /// Relative to the folder of the main file, with forward slashes; a name that leads out of it finds nothing.
    /// </param>
    /// <returns>Seekable.</returns>
    Stream? Find(string name);
}

/// <summary>One format.</summary>
public interface IRecordingFormat
{
    /// <summary>For people, <c>EDF and BDF</c>.</summary>
    string Name { get; }

    /// <summary>Whether a file is of this format, by its first bytes.</summary>
    /// <param name="start">At least the first 1,024 bytes, or the whole file.</param>
    /// <param name="name">Its name, for formats whose content alone does not tell.</param>
    bool Matches(ReadOnlySpan<byte> start, string name);

    /// <summary>
    /// Endings by which a file is taken for one of this format when no content matches, in lower case.
    /// </summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>
    /// The files beside a main one that belong to it and would pass for recordings themselves: an import of a folder
    /// leaves them out. Never fails: what is wrong is said by <see cref="OpenAsync"/>.
    /// </summary>
    Task<IReadOnlyList<string>> FindPartsAsync(IRecordingFiles files, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>Reads and checks the whole recording.</summary>
    /// <exception cref="RecordingFormatException">It cannot be imported; see docs/formats.md.</exception>
    Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken);
}
