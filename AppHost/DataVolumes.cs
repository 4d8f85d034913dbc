using System.Security.Cryptography;
using System.Text;

namespace Dendrite.AppHost;

/// <summary>
/// The names of the volumes that keep data from one run to the next. Two servers on one volume would destroy it, and in
/// containers neither would notice: a second AppHost beside a running one of the same checkout has volumes of its own.
/// </summary>
internal sealed class DataVolumes(string appHostDirectory) : IAsyncDisposable
{
    private readonly NumberedFile run = NumberedFile.Claim(
        Path.GetFullPath(Path.Combine(appHostDirectory, "..", "artifacts", "dev", "volumes.run"))
    );

    /// <returns>Null for the first: Aspire's own name, which tells checkouts apart.</returns>
    public string? NameOf(string resource) =>
        run.Number == 1 ? null : $"dendrite-{Checkout()}-{run.Number}-{resource}-data";

    public ValueTask DisposeAsync() => run.DisposeAsync();

    private string Checkout() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(appHostDirectory)))[..10];
}
