using System.Runtime.CompilerServices;
using Dendrite.Cli.Connection;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>
/// The gaps and anchors of a stream, without its samples where they can be known so: by the ledger of gaps. What
/// masks
/// hide depends on when each block was stored, so a stream that has any is read through.
/// </summary>
internal sealed class StoredLayout(Platform platform, StoredStream stream, IAsyncEnumerable<SamplePiece> samples)
{
    private const int PageSize = 10_000;

    /// <summary>Both by first sample.</summary>
    public async IAsyncEnumerable<SamplePiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var anchors = stream.AnchorsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        bool hasAnchor = await anchors.MoveNextAsync();
        var missing = await IsListedAsync(cancellationToken)
            ? GapsAsync(cancellationToken)
            : HolesAsync(cancellationToken);
        await foreach (var gap in missing)
        {
            for (; hasAnchor && anchors.Current.Sample < gap.FirstSample; hasAnchor = await anchors.MoveNextAsync())
            {
                yield return Of(anchors.Current);
            }
            yield return gap;
        }
        for (; hasAnchor; hasAnchor = await anchors.MoveNextAsync())
        {
            yield return Of(anchors.Current);
        }
    }

    private static SamplePiece Of(RecordedAnchor anchor) => new(anchor.Sample, 1) { Anchors = [anchor] };

    private async IAsyncEnumerable<SamplePiece> HolesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var piece in samples.WithCancellation(cancellationToken))
        {
            if (piece.Gap is not null || piece.MissingChannels.Count > 0)
            {
                yield return piece with
                {
                    Groups = [],
                };
            }
        }
    }

    /// <summary>Nothing is hidden, and all channels miss what one misses.</summary>
    private async Task<bool> IsListedAsync(CancellationToken cancellationToken)
    {
        var masks = await platform.Query.ListMasksAsync(
            new ListMasksRequest
            {
                Parent = stream.Selected.Stream.Name,
                PageSize = 1,
                At = stream.At,
            },
            cancellationToken: cancellationToken
        );
        return masks.Masks.Count == 0 && stream.Selected.Stream.Channels.All(channel => channel.ChannelGroup == 0);
    }

    private async IAsyncEnumerable<SamplePiece> GapsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListGapsRequest
        {
            Parent = stream.Selected.Stream.Name,
            PageSize = PageSize,
            At = stream.At,
        };
        do
        {
            var page = await platform.Query.ListGapsAsync(request, cancellationToken: cancellationToken);
            foreach (var gap in page.Gaps)
            {
                long from = Math.Max(gap.Range.StartSample, stream.First);
                long to = Math.Min(gap.Range.EndSample, stream.Selected.Range.EndSample);
                if (from < to)
                {
                    yield return new(from - stream.First, to - from)
                    {
                        Gap = StoredGroup.CauseOf(gap.Cause),
                        Note = gap.Note,
                    };
                }
            }
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
    }
}
