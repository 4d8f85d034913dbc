namespace Dendrite.Contracts.Names;

/// <summary>
/// Name of a record: <c>projects/{project}/branches/{branch}/datasets/{dataset}/records/{record}</c>. The last part is
/// made of the key's values; what it says depends on the dataset, so here it is only looked at for its form.
/// </summary>
/// <param name="Parent">The dataset.</param>
/// <param name="Record">The key's values, each percent-encoded, joined by commas.</param>
public readonly record struct RecordName(DatasetName Parent, string Record)
{
    private const string Collection = "/records/";
    private const string Form = "projects/{project}/branches/{branch}/datasets/{dataset}/records/{record}";

    /// <summary>Longest last part: three characters for each byte of the longest key.</summary>
    private const int MaxRecordLength = 3_072;

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static RecordName Parse(string? name, string field = "name") =>
        TryParse(name, out var result) ? result : throw NamePattern.Malformed(field, name, Form);

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out RecordName result)
    {
        result = default;
        var end = name?.IndexOf(Collection, StringComparison.Ordinal) ?? -1;
        if (end < 0 || !DatasetName.TryParse(name![..end], out var dataset))
        {
            return false;
        }

        var record = name[(end + Collection.Length)..];
        if (record.Length is 0 or > MaxRecordLength || !record.All(IsAllowed))
        {
            return false;
        }

        result = new(dataset, record);
        return true;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"{Parent}{Collection}{Record}";

    private static bool IsAllowed(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' or '~' or '%' or ',';
}
