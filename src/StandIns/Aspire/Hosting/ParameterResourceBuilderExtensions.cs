using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    /// <summary>A value that must be configured as <c>Parameters:{name}</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        bool secret = false
    ) => builder.AddResource(CreateParameter(builder, name, @default: null, secret));

    /// <summary>A value that may be configured as <c>Parameters:{name}</c> and is this one otherwise.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        string value,
        bool publishValueAsDefault = false,
        bool secret = false
    ) => builder.AddResource(new ParameterResource(name, _ => builder.Configuration[Key(name)] ?? value, secret));

    /// <summary>
    /// A value that may be configured as <c>Parameters:{name}</c> and comes from the default otherwise; with
    /// <paramref name="persist"/> it is kept in the AppHost's user secrets and is the same in the next run.
    /// </summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault value,
        bool secret = false,
        bool persist = false
    )
    {
        var source = persist ? Kept(builder, name, value) : value;
        return builder.AddResource(CreateParameter(builder, name, source, secret));
    }

    /// <summary>A password that is made in the first run and kept in the AppHost's user secrets.</summary>
    public static ParameterResource CreateDefaultPasswordParameter(
        IDistributedApplicationBuilder builder,
        string name,
        bool lower = true,
        bool upper = true,
        bool numeric = true,
        bool special = true
    )
    {
        var generated = new GenerateParameterDefault
        {
            Lower = lower,
            Upper = upper,
            Numeric = numeric,
            Special = special,
        };
        return CreateParameter(builder, name, Kept(builder, name, generated), secret: true);
    }

    private static ParameterResource CreateParameter(
        IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault? @default,
        bool secret
    ) =>
        new(
            name,
            fallback =>
                builder.Configuration[Key(name)]
                ?? fallback?.GetDefaultValue()
                ?? throw new DistributedApplicationException(
                    $"Parameter '{name}' has no value: set {Key(name)} in the AppHost's configuration, "
                        + $"for instance by the environment variable Parameters__{name}"
                ),
            secret
        )
        {
            Default = @default,
        };

    private static SecretParameterDefault Kept(
        IDistributedApplicationBuilder builder,
        string name,
        ParameterDefault value
    ) => new(UserSecrets.Of(builder.AppHostAssembly), Key(name), value);

    private static string Key(string name) => $"Parameters:{name}";
}
