using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>Names of columns and constraints: what SQL, CSV headers and filters take without quotes.</summary>
internal static class Identifiers
{
    private const int MaxLength = 63;
    private const string Form = "a letter or underscore, then up to 62 letters, digits or underscores";

    public static void Check(string name, string field, Violations violations)
    {
        var isName =
            name.Length is > 0 and <= MaxLength
            && !char.IsAsciiDigit(name[0])
            && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
        if (!isName)
        {
            violations.Add(field, $"{CellParser.Show(name)} is no name: {Form}");
        }
    }
}
