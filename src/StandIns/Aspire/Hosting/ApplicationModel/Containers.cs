using Aspire.Hosting.ApplicationModel;

// Consoles that exist only as containers. The AppHost may ask for them; where processes stand in, a log line says they
// are not run.
namespace Aspire.Hosting.Postgres
{
    public sealed class PgWebContainerResource(string name) : ContainerResource(name);
}

namespace Aspire.Hosting.Redis
{
    public sealed class RedisInsightResource(string name) : ContainerResource(name);
}
