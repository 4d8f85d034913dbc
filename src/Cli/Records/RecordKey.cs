using System.Text;

namespace Dendrite.Cli.Records;

/// <summary>A record's key as it is typed, and as its name has it.</summary>
internal static class RecordKey
{
    /// <summary>
    /// Percent-encodes what no name of a record holds: <c>Zoë,3</c> is <c>Zo%C3%AB,3</c>. What is encoded already
    /// stays as it is, so that a key copied from a list or a diff, and one typed as the table shows it, are one.
    /// </summary>
    public static string Encode(string typed)
    {
        var id = new StringBuilder(typed.Length);
        foreach (var rune in typed.EnumerateRunes())
        {
            var text = rune.ToString();
            id.Append(text is "%" or "," ? text : Uri.EscapeDataString(text));
        }

        return id.ToString();
    }
}
