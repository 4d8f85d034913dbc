using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A string with holes that are filled when the application starts:
/// <c>ReferenceExpression.Create($"Host={endpoint.Property(EndpointProperty.Host)};Password={password}")</c>.
/// </summary>
public sealed class ReferenceExpression : IManifestExpressionProvider, IValueProvider
{
    private ReferenceExpression(
        string format,
        IReadOnlyList<IValueProvider> providers,
        IReadOnlyList<string> expressions
    )
    {
        Format = format;
        ValueProviders = providers;
        ManifestExpressions = expressions;
    }

    /// <summary>A composite format string; hole i is filled by value provider i.</summary>
    public string Format { get; }

    public IReadOnlyList<IValueProvider> ValueProviders { get; }

    public IReadOnlyList<string> ManifestExpressions { get; }

    public string ValueExpression => Fill([.. ManifestExpressions]);

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.Build();

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var values = new object?[ValueProviders.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = await ValueProviders[i].GetValueAsync(cancellationToken);
        }

        return Fill(values);
    }

    private string Fill(object?[] values) => string.Format(CultureInfo.InvariantCulture, Format, values);

    [InterpolatedStringHandler]
    public readonly ref struct ExpressionInterpolatedStringHandler
    {
        private readonly StringBuilder format;
        private readonly List<IValueProvider> providers;
        private readonly List<string> expressions;

        public ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
        {
            format = new StringBuilder(literalLength + (formattedCount * 3));
            providers = new List<IValueProvider>(formattedCount);
            expressions = new List<string>(formattedCount);
        }

        public void AppendLiteral(string value) => format.Append(Escaped(value));

        public void AppendFormatted(string? value) => format.Append(Escaped(value ?? string.Empty));

        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider
        {
            format.Append('{').Append(providers.Count).Append('}');
            providers.Add(valueProvider);
            expressions.Add(valueProvider.ValueExpression);
        }

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider.Resource);

        internal ReferenceExpression Build() => new(format.ToString(), providers, expressions);

        // A brace in the text itself must not read as a hole.
        private static string Escaped(string text) =>
            text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
    }
}
