using System.Globalization;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query.Lists;

/// <summary>Pages of the streams that a branch sees. Thread-safe.</summary>
internal sealed class StreamLists(BranchDirectory branches, SignalStreamStore streams, StreamTimes times)
{
    /// <summary>Three round trips.</summary>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND, COMMIT_NOT_FOUND, TAG_NOT_FOUND, INVALID_FILTER, INVALID_PAGE_TOKEN, INVALID_ARGUMENT.
    /// </exception>
    public async Task<V1.ListStreamsResponse> ListAsync(
        Caller caller,
        V1.ListStreamsRequest request,
        CancellationToken cancellation
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var size = PageSize.Resolve(request.PageSize);
        string[] same = ["ListStreams", request.Parent, request.At?.ToString() ?? "", request.Filter, request.OrderBy];
        var token = Token.Read(request.PageToken, same);
        // One more than the page says whether there is a next one.
        var query = new StreamListQuery(size + 1)
        {
            Filter = StreamFilter.Read(request.Filter, parent.ToString()),
            Order = OrderBy.Read(request.OrderBy, StreamFilter.Times),
            After = token?.Place,
        };
        // Later pages read the version that the first one found. A tag stays what it is, and is read without its
        // branch.
        var point =
            token is not null && request.At?.PointCase != V1.SnapshotPoint.PointOneofCase.Tag
                ? SnapshotPoint.At(token.Version)
                : SnapshotPoints.Read(request.At, parent.Project);
        var branch = await branches.GetToReadAsync(caller, parent, point, cancellation);
        var found = await streams.ListAsync(new(branch.Project, branch.Snapshot), query, cancellation);
        var response = new V1.ListStreamsResponse { Version = branch.Version.Value };
        var page = found.Take(size).ToList();
        var ends = await times.EndsOfAsync(branch, page, cancellation);
        response.Streams.AddRange(PageBytes.Fitting(page.Zip(ends, (stream, end) => Listed(stream, parent, end))));
        if (found.Count > response.Streams.Count)
        {
            var last = found[response.Streams.Count - 1].Descriptor;
            var next = new Token(branch.Version, new(last.StartTimeNs, last.Name));
            response.NextPageToken = PageToken.Encode(next.ToString(), same);
        }

        return response;
    }

    private static V1.SignalStream Listed(SignalStream stream, BranchName parent, Timestamp? end)
    {
        var mapped = StreamMapper.ToContract(stream, parent);
        mapped.EndTime = end;
        return mapped;
    }

    /// <summary>Which version the list is of, and where its page ended.</summary>
    private sealed record Token(CommitVersion Version, StreamPlace Place)
    {
        public static Token? Read(string token, string[] same) =>
            PageToken.Decode(token, same)?.Split(' ') switch
            {
                null => null,
                [var version, var start, var name]
                    when CommitVersion.TryParse(version, out var read)
                        && long.TryParse(start, CultureInfo.InvariantCulture, out var startNs) => new(
                    read,
                    new(startNs, name)
                ),
                _ => throw PageToken.NotOurs(),
            };

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Version} {Place.StartTimeNs} {Place.Name}");
    }
}
