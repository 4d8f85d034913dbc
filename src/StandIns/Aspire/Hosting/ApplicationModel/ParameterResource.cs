namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value from outside: configuration key <c>Parameters:{name}</c>, else its default.</summary>
public sealed class ParameterResource : Resource, IManifestExpressionProvider, IValueProvider
{
    private readonly Lazy<string> value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        value = new Lazy<string>(() => callback(Default));
        Secret = secret;
    }

    public bool Secret { get; }

    public ParameterDefault? Default { get; set; }

    public string ValueExpression => $"{{{Name}.value}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<string?>(value.Value);
}
