using Dendrite.Access;
using Dendrite.IngestService.Append;
using Dendrite.IngestService.Query;
using Dendrite.ServiceDefaults;

namespace Dendrite.IngestService;

/// <summary>The service put together: what <c>Program</c> runs, and tests in their own process.</summary>
internal static class IngestHost
{
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.AddPlatformConnections();
        builder.AddAccess();
        builder.AddSignals();

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<IngestRpc>();
        app.MapGrpcService<QueryRpc>();
        return app;
    }
}
