namespace Dendrite.Cli.Import;

/// <summary>
/// Which of several files of one content is imported: the first in order, and where that fails, the next. Files must be
/// begun in order; then those that wait for another never wait for one that has not begun. Thread-safe.
/// </summary>
/// <param name="count">How many files there are.</param>
internal sealed class RecordingCopies(int count)
{
    private readonly Place[] places = [.. Enumerable.Range(0, count).Select(_ => new Place())];

    /// <summary>Says what a file holds, and asks whether an earlier one of the same content is in the branch.</summary>
    /// <param name="index">Of the file.</param>
    /// <param name="digest">Of its content.</param>
    /// <param name="cancellation">Ends the waiting for the files before it.</param>
    public async Task<bool> IsInAsync(int index, string digest, CancellationToken cancellation)
    {
        var own = places[index];
        own.Digest.TrySetResult(digest);
        return await (await own.Earlier.Task.WaitAsync(cancellation)).WaitAsync(cancellation);
    }

    /// <summary>A file is done with.</summary>
    /// <param name="index">Of the file.</param>
    /// <param name="isIn">Whether its content is in the branch.</param>
    public void End(int index, bool isIn)
    {
        places[index].Digest.TrySetResult(null);
        places[index].IsIn.TrySetResult(isIn);
    }

    /// <summary>Tells each file of the copy before it, by order; ends when every file has said what it holds.</summary>
    public async Task MatchAsync(CancellationToken cancellation)
    {
        var last = new Dictionary<string, Task<bool>>(StringComparer.Ordinal);
        foreach (var place in places)
        {
            // Unreadable, or not tried: nobody's copy.
            if (await place.Digest.Task.WaitAsync(cancellation) is { } digest)
            {
                place.Earlier.TrySetResult(last.GetValueOrDefault(digest, Task.FromResult(false)));
                last[digest] = place.IsIn.Task;
            }
        }
    }

    private sealed class Place
    {
        /// <summary>Null where the file has none.</summary>
        public TaskCompletionSource<string?> Digest { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether the copy before it is in, as soon as that is known.</summary>
        public TaskCompletionSource<Task<bool>> Earlier { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<bool> IsIn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
