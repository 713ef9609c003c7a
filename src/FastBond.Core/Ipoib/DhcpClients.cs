namespace FastBond.Core.Ipoib;

/// <summary>Which client began a DHCP transaction: the answers have no hardware address. The latest transactions are known.</summary>
internal sealed class DhcpClients
{
    internal const int Capacity = 256;

    private readonly (uint Xid, ulong Mac)[] _latest = new (uint, ulong)[Capacity];
    private int _next;

    /// <summary>A client's message was seen.</summary>
    internal void Remember(uint xid, ulong mac)
    {
        int known = Array.FindIndex(_latest, entry => entry.Xid == xid && entry.Mac != 0);
        if (known >= 0)
        {
            _latest[known].Mac = mac;
            return;
        }

        _latest[_next] = (xid, mac);
        _next = (_next + 1) % Capacity;
    }

    /// <summary>The client of a transaction; 0 if it is not known.</summary>
    internal ulong Find(uint xid) => Array.Find(_latest, entry => entry.Xid == xid).Mac;
}
