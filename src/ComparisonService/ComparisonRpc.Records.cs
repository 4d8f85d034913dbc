using Dendrite.ComparisonService.Records;
using Dendrite.Contracts.Paging;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService;

public sealed partial class ComparisonRpc
{
    private const int DefaultRecords = 1_000;
    private const int MaxRecords = 10_000;

    /// <summary>Records in one message of a stream, and bytes unless it is one: well under gRPC's 4 MiB.</summary>
    private const int MessageRecords = 500;
    private const int MessageBytes = 1 << 20;

    /// <summary>
    /// A page of the records that differ. It looks up no more records than it shows, unless the filter leaves some out.
    /// </summary>
    public override async Task<ListRecordDifferencesResponse> ListRecordDifferences(
        ListRecordDifferencesRequest request,
        ServerCallContext context
    )
    {
        var pageSize = PageSize.Resolve(request.PageSize, DefaultRecords, MaxRecords);
        var comparison = await opener.OpenAsync(request.Project, request.Comparand, context);
        string[] fields = [request.Filter, .. request.DatasetIds];
        var identity = comparison.Identity(nameof(ListRecordDifferences), fields);
        var after = RecordPlaces.Read(PageToken.Decode(request.PageToken, identity));
        var selection = new DifferenceSelection(request.DatasetIds, request.Filter) { After = after };
        var response = new ListRecordDifferencesResponse { Comparand = comparison.ToMessage() };
        RecordChange? last = null;
        var size = 0;
        await foreach (var change in records.ReadAsync(comparison, selection, context.CancellationToken))
        {
            var message = RecordDifferenceMapper.ToMessage(change);
            size += message.CalculateSize();
            if (last is not null && (response.Differences.Count == pageSize || size > PageBytes.Max))
            {
                response.NextPageToken = PageToken.Encode(RecordPlaces.Write(last), identity);
                break;
            }

            last = change;
            response.Differences.Add(message);
        }

        return response;
    }

    /// <summary>All records that differ, as they are found; slow readers hold a connection of the database.</summary>
    public override async Task StreamRecordDifferences(
        StreamRecordDifferencesRequest request,
        IServerStreamWriter<StreamRecordDifferencesResponse> responseStream,
        ServerCallContext context
    )
    {
        var comparison = await opener.OpenAsync(request.Project, request.Comparand, context);
        var selection = new DifferenceSelection(request.DatasetIds, request.Filter);
        var message = new StreamRecordDifferencesResponse { Comparand = comparison.ToMessage() };
        var size = 0;
        await foreach (var change in records.ReadAsync(comparison, selection, context.CancellationToken))
        {
            var difference = RecordDifferenceMapper.ToMessage(change);
            var bytes = difference.CalculateSize();
            var count = message.Differences.Count;
            if (count == MessageRecords || (count > 0 && size + bytes > MessageBytes))
            {
                await responseStream.WriteAsync(message, context.CancellationToken);
                (message, size) = (new(), 0);
            }

            message.Differences.Add(difference);
            size += bytes;
        }

        // Where nothing differs the caller still learns what was compared.
        if (message.Comparand is not null || message.Differences.Count > 0)
        {
            await responseStream.WriteAsync(message, context.CancellationToken);
        }
    }
}
