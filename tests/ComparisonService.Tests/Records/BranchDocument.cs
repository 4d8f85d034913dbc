using System.Text;
using System.Text.Json.Nodes;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Records;

/// <summary>
/// A branch as the document that JSON patches are about, made from what the Ingest service reads and from nothing of
/// what is under test; and a plain implementation of RFC 6902 to apply them.
/// </summary>
internal static class BranchDocument
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    public static async Task<JsonObject> ReadAsync(ComparisonFixture lab, string branch, SnapshotPoint? at = null)
    {
        var options = new CallOptions(lab.Key, cancellationToken: TestContext.Current.CancellationToken);
        var datasets = await lab.Datasets.ListDatasetsAsync(new() { Parent = branch, At = at }, options);
        var document = new JsonObject();
        foreach (var dataset in datasets.Datasets)
        {
            var columns = dataset.Columns.Select(column => KeyValuePair.Create(column.Column_, Parse(column)));
            var records = new JsonObject();
            var request = new QueryRecordsRequest { Parent = dataset.Name, At = at };
            do
            {
                var page = await lab.Records.QueryRecordsAsync(request, options);
                foreach (var record in page.Records)
                {
                    records[record.Name.Split('/')[^1]] = Parse(record.Values);
                }

                request.PageToken = page.NextPageToken;
            } while (request.PageToken.Length > 0);
            document[dataset.Name.Split('/')[^1]] = new JsonObject
            {
                ["key"] = new JsonArray([.. dataset.KeyColumns.Select(column => JsonValue.Create(column))]),
                ["columns"] = new JsonObject(columns),
                ["records"] = records,
            };
        }

        return document;
    }

    /// <summary>RFC 6902: <c>test</c>, <c>add</c>, <c>replace</c> and <c>remove</c> in objects.</summary>
    public static void Apply(JsonObject document, JsonArray patch)
    {
        foreach (var operation in patch)
        {
            var path = operation!["path"]!.GetValue<string>().Split('/')[1..];
            var names = path.Select(part => part.Replace("~1", "/").Replace("~0", "~")).ToArray();
            var parent = names[..^1].Aggregate((JsonNode)document, (node, name) => node[name]!).AsObject();
            var value = operation["value"];
            switch (operation["op"]!.GetValue<string>())
            {
                case "test":
                    Assert.True(JsonNode.DeepEquals(parent[names[^1]], value), operation.ToJsonString());
                    break;
                case "remove":
                    Assert.True(parent.Remove(names[^1]), operation.ToJsonString());
                    break;
                case "replace":
                    Assert.True(parent.ContainsKey(names[^1]), operation.ToJsonString());
                    parent[names[^1]] = value?.DeepClone();
                    break;
                default:
                    Assert.False(parent.ContainsKey(names[^1]), operation.ToJsonString());
                    parent[names[^1]] = value?.DeepClone();
                    break;
            }
        }
    }

    public static async Task<string> ExportAsync(ComparisonFixture lab, Comparand comparand, DiffFormat format)
    {
        var request = new ExportDiffRequest
        {
            Project = "projects/lab",
            Comparand = comparand,
            Format = format,
        };
        var options = new CallOptions(lab.Key, cancellationToken: TestContext.Current.CancellationToken);
        using var call = lab.Comparison.ExportDiff(request, options);
        using var bytes = new MemoryStream();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            piece.Data.WriteTo(bytes);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static JsonNode? Parse(IMessage message) => JsonNode.Parse(Formatter.Format(message));
}
