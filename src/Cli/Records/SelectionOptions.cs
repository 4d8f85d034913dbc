using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Records;

/// <summary>Which records: <c>--filter</c>, <c>--key-prefix</c>, <c>--from</c>, <c>--to</c>.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string?> filter = FieldOptions.Text(
        "--filter",
        "FILTER",
        "An AIP-160 filter: AGE >= 65 AND SEX = F."
    );

    private readonly Option<string?> keyPrefix = FieldOptions.Text(
        "--key-prefix",
        "KEY",
        "Only records whose key begins with these values, written as a KEY."
    );

    private readonly Option<string?> from = FieldOptions.Text("--from", "KEY", "Key of the first record, by key.");

    private readonly Option<string?> to = FieldOptions.Text(
        "--to",
        "KEY",
        "Key after the last record, by key; the end without it."
    );

    public void AddTo(Command command)
    {
        command.Add(filter);
        command.Add(keyPrefix);
        command.Add(from);
        command.Add(to);
    }

    public RecordSelection Read(Session session)
    {
        var arguments = session.Arguments;
        var selection = new RecordSelection
        {
            Filter = arguments.GetValue(filter) ?? "",
            StartRecordId = RecordKey.Encode(arguments.GetValue(from) ?? ""),
            EndRecordId = RecordKey.Encode(arguments.GetValue(to) ?? ""),
        };
        // Texts stand for values of every type, as in the last part of a record's name.
        var values = arguments.GetValue(keyPrefix)?.Split(',') ?? [];
        selection.KeyPrefix.AddRange(values.Select(value => Value.ForString(Uri.UnescapeDataString(value))));
        return selection;
    }
}
