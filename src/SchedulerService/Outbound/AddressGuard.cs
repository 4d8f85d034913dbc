using System.Net;
using System.Net.Sockets;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>
/// Which addresses may be called: public ones, and those of networks that the installation allows. Pure.
/// </summary>
/// <remarks>
/// By IANA's registries of special-purpose addresses
/// (<c>iana.org/assignments/iana-ipv4-special-registry</c>, <c>iana-ipv6-special-registry</c>): of IPv4 everything that
/// is not globally reachable is refused by name, of IPv6 everything outside of <c>2000::/3</c>, from which alone global
/// addresses have been given out. Addresses that carry an IPv4 address are judged by that one, since it is where they
/// lead.
/// </remarks>
internal sealed class AddressGuard(IEnumerable<string> allowedNetworks)
{
    private const int Ipv4Length = 4;

    private static readonly IPNetwork[] Refused4 =
    [
        .. Networks(
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // behind carriers' address translation; metadata servers of some clouds
            "127.0.0.0/8", // loopback
            "169.254.0.0/16", // link-local, and the metadata server of most clouds at 169.254.169.254
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays of 6to4, given up
            "192.168.0.0/16", // private
            "198.18.0.0/15", // measurements
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4" // reserved, and broadcast
        ),
    ];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] Refused6 =
    [
        .. Networks(
            "2001::/23", // protocol assignments, Teredo among them
            "2001:db8::/32", // documentation
            "3fff::/20", // documentation
            "2620:4f:8000::/48" // AS112
        ),
    ];

    // What leads on to an IPv4 address, and where in the address that stands.
    private static readonly (IPNetwork Network, int Offset)[] Carriers =
    [
        (IPNetwork.Parse("::/96"), 12),
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
    ];

    private readonly IPNetwork[] allowed = [.. allowedNetworks.Select(IPNetwork.Parse)];

    /// <summary>Whether it may be called.</summary>
    public bool Allows(IPAddress address)
    {
        var plain = Plain(address);
        return Array.Exists(allowed, network => network.Contains(plain)) || IsPublic(plain);
    }

    /// <summary>Whether it is an address of the open Internet, whatever the installation allows.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(Refused4, network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => Global6.Contains(plain)
                && !Array.Exists(Refused6, network => network.Contains(plain)),
            _ => false,
        };
    }

    private static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        // By its own property: IPNetwork of .NET 10 answers wrongly for these, of IPv4 networks and of ::ffff:0:0/96.
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        // Without its zone, which says through which interface and not to whom.
        var bytes = address.GetAddressBytes();
        var bare = new IPAddress(bytes);
        foreach (var (network, offset) in Carriers)
        {
            if (network.Contains(bare))
            {
                return new IPAddress(bytes.AsSpan(offset, Ipv4Length));
            }
        }

        return bare;
    }

    private static IEnumerable<IPNetwork> Networks(params string[] networks) => networks.Select(IPNetwork.Parse);
}
