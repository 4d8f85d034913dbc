using Dendrite.Records.Cells;
using Dendrite.V1;
using Google.Protobuf.Reflection;

namespace Dendrite.Contracts.Tests;

/// <summary>
/// Rules of the API that buf cannot check: the AIPs on paging, repeatable mutations and names of fields.
/// </summary>
public sealed class ContractRuleTests
{
    private static readonly string[] ReadingVerbs =
    [
        "Get",
        "List",
        "Read",
        "Query",
        "Preview",
        "Wait",
        "Diff",
        "Export",
        "Stream",
        "Tail",
        "Verify",
        "Generate",
        "Find",
        "Check",
    ];

    private static readonly MethodDescriptor[] Methods =
    [
        .. typeof(Branch)
            .Assembly.GetTypes()
            .Where(type =>
                type.Namespace == "Dendrite.V1" && type.Name.EndsWith("Reflection", StringComparison.Ordinal)
            )
            .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!)
            .SelectMany(file => file.Services)
            .SelectMany(service => service.Methods),
    ];

    private static IEnumerable<FieldDescriptor> Fields =>
        Methods
            .SelectMany(method => new[] { method.InputType.File, method.OutputType.File })
            .Distinct()
            .SelectMany(file => file.MessageTypes)
            .SelectMany(message => message.Fields.InDeclarationOrder());

    [Fact]
    public void The_services_are_there()
    {
        var services = Methods.Select(method => method.Service.Name).Distinct().ToList();
        Assert.Contains("BranchService", services);
        Assert.Contains("IngestService", services);
        Assert.Contains("QueryService", services);
        Assert.Contains("ComparisonService", services);
        Assert.Contains("SchedulerService", services);
    }

    [Fact]
    public void Every_listing_is_paged()
    {
        var listings = Methods.Where(method => method.Name.StartsWith("List", StringComparison.Ordinal));
        Assert.All(
            listings,
            method =>
            {
                Assert.NotNull(method.InputType.FindFieldByName("page_size"));
                Assert.NotNull(method.InputType.FindFieldByName("page_token"));
                Assert.NotNull(method.OutputType.FindFieldByName("next_page_token"));
            }
        );
    }

    [Fact]
    public void Every_mutation_can_be_repeated_by_its_request_id() =>
        Assert.All(Methods.Where(IsMutation), method => Assert.True(HasRequestId(method.InputType), method.FullName));

    /// <summary>Readers of messages take 100 in each other. Definitions in conflict hold allowed values.</summary>
    [Fact]
    public void Every_message_has_room_for_the_deepest_value()
    {
        const int AllowedValueInDefinition = (2 * CanonicalJson.ArrayLevels) + CanonicalJson.ObjectLevels;
        var deepest = Methods
            .SelectMany(method => new[] { method.InputType, method.OutputType })
            .SelectMany(message => LevelsOfValues(message, 0))
            .Max();

        Assert.Equal(100, deepest + CanonicalJson.MaxLevels);

        static IEnumerable<int> LevelsOfValues(MessageDescriptor message, int level) =>
            message
                .Fields.InDeclarationOrder()
                .Where(field => field.FieldType == FieldType.Message)
                .SelectMany(field =>
                    field.MessageType.FullName switch
                    {
                        "google.protobuf.Value" => [level + 1],
                        "google.protobuf.Struct" when message.Name == nameof(SchemaConflict) =>
                        [
                            level + CanonicalJson.ObjectLevels + AllowedValueInDefinition,
                        ],
                        "google.protobuf.Struct" => [level + CanonicalJson.ObjectLevels],
                        _ => LevelsOfValues(field.MessageType, level + 1),
                    }
                );
    }

    [Fact]
    public void Every_update_takes_a_mask()
    {
        var updates = Methods.Where(method => method.Name.StartsWith("Update", StringComparison.Ordinal));
        Assert.All(updates, method => Assert.NotNull(method.InputType.FindFieldByName("update_mask")));
    }

    [Fact]
    public void Sample_indexes_counts_and_versions_are_64_bits_wide_where_a_recording_is_long()
    {
        var indexes = Fields.Where(field =>
            field.Name.EndsWith("_sample", StringComparison.Ordinal)
            || field.Name.EndsWith("version", StringComparison.Ordinal) && field.FieldType != FieldType.String
            || field.Name.EndsWith("_bytes", StringComparison.Ordinal)
                && !field.Name.StartsWith("max_", StringComparison.Ordinal)
        );
        Assert.All(indexes, field => Assert.Equal(FieldType.Int64, field.FieldType));
    }

    [Fact]
    public void An_instant_is_called_a_time()
    {
        string[] exceptions = ["instant", "time", "once"];
        var instants = Fields.Where(field =>
            field.FieldType == FieldType.Message && field.MessageType.FullName == "google.protobuf.Timestamp"
        );
        Assert.All(
            instants,
            field =>
                Assert.True(
                    field.Name.EndsWith("_time", StringComparison.Ordinal) || exceptions.Contains(field.Name),
                    field.FullName
                )
        );
    }

    private static bool IsMutation(MethodDescriptor method) =>
        !ReadingVerbs.Any(verb => method.Name.StartsWith(verb, StringComparison.Ordinal));

    // In a stream of requests the first message, a part of a oneof, holds it.
    private static bool HasRequestId(MessageDescriptor message) =>
        message.FindFieldByName("request_id") is not null
        || message
            .Fields.InDeclarationOrder()
            .Any(field => field is { Name: "open", ContainingOneof: not null } && HasRequestId(field.MessageType));
}
