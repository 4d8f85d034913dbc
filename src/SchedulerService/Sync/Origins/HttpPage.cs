using System.Runtime.CompilerServices;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>A whole answer of a web server. Dispose it, which removes what it kept on disk.</summary>
/// <param name="Url">Who answered in the end.</param>
internal sealed record HttpPage(Uri Url) : IAsyncDisposable
{
    /// <summary>Why the server does not answer this request, however often it is asked; null where it does.</summary>
    public string? Refusal { get; init; }

    /// <summary>Items of a JSON document; null where they are in <see cref="Document"/>.</summary>
    public IReadOnlyList<SourceItem>? Items { get; init; }

    /// <summary>A document that is read line by line.</summary>
    public Stream? Document { get; init; }

    public HttpFormat Format { get; init; }

    /// <summary>The next cursor; null or empty at the end.</summary>
    public string? Cursor { get; init; }

    /// <summary>Absolute address of the next page by the <c>Link</c> header; null where it names none.</summary>
    public string? NextLink { get; init; }

    /// <summary>The items, some at a time.</summary>
    /// <param name="limit">How many at most, asked before each time.</param>
    public async IAsyncEnumerable<IReadOnlyList<SourceItem>> ReadAsync(
        Func<int> limit,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (Items is { } items)
        {
            yield return items;
        }
        else if (Document is { } document)
        {
            var some = new List<SourceItem>();
            await foreach (var item in ItemDocuments.ReadAsync(document, Format, cancellationToken))
            {
                some.Add(item);
                if (some.Count >= limit())
                {
                    yield return some;
                    some = [];
                }
            }

            yield return some;
        }
    }

    public ValueTask DisposeAsync() => Document?.DisposeAsync() ?? ValueTask.CompletedTask;
}
