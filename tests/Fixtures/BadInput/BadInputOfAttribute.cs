namespace Dendrite.Fixtures.BadInput;

/// <summary>
/// On a test that gives bad arguments to RPCs and asserts status, field and that nothing stays behind: which RPCs.
/// </summary>
/// <param name="methods">Names of methods as the contract has them, such as <c>PutRecords</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BadInputOfAttribute(params string[] methods) : Attribute
{
    public IReadOnlyList<string> Methods { get; } = methods;
}
