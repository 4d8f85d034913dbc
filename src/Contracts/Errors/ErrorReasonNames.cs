using System.Collections.Frozen;
using System.Text;

namespace Dendrite.Contracts.Errors;

/// <summary>The names of reasons on the wire: UPPER_SNAKE_CASE, as <c>google.rpc.ErrorInfo</c> asks for.</summary>
public static class ErrorReasonNames
{
    private static readonly FrozenDictionary<ErrorReason, string> Names = Enum.GetValues<ErrorReason>()
        .ToFrozenDictionary(reason => reason, reason => ToUpperSnakeCase(reason.ToString()));

    private static readonly FrozenDictionary<string, ErrorReason> Reasons = Names.ToFrozenDictionary(
        pair => pair.Value,
        pair => pair.Key
    );

    /// <summary>The name of a reason, such as <c>BRANCH_NOT_FOUND</c>.</summary>
    public static string Of(ErrorReason reason) => Names[reason];

    /// <summary>The reason of a name, or null where this build does not know it.</summary>
    public static ErrorReason? Find(string name) => Reasons.TryGetValue(name, out var reason) ? reason : null;

    private static string ToUpperSnakeCase(string pascalCase)
    {
        var name = new StringBuilder();
        foreach (var character in pascalCase)
        {
            if (char.IsAsciiLetterUpper(character) && name.Length > 0)
                name.Append('_');
            name.Append(char.ToUpperInvariant(character));
        }
        return name.ToString();
    }
}
