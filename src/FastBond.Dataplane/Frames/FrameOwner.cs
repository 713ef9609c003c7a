namespace FastBond.Dataplane.Frames;

/// <summary>The ledger's codes: who owns a frame. A frame has exactly one owner at any time.</summary>
public static class FrameOwner
{
    /// <summary>Most sockets that may be open over one frame memory at a time.</summary>
    public const int MaxSockets = 126;

    /// <summary>Free.</summary>
    public const byte Pool = 0;

    /// <summary>In the burst loop's hand, or in that of a port that is filling it.</summary>
    public const byte Hand = 1;

    /// <summary>Out of use: it turned up where the ledger said it was not.</summary>
    public const byte Quarantine = 2;

    private const int FirstSocket = 3;

    /// <summary>Posted for reception on that socket: in its fill ring, its rx ring or, in neither, inside the kernel.</summary>
    public static byte Receiving(int socket) => (byte)(FirstSocket + (2 * socket));

    /// <summary>Being transmitted by that socket: in its tx ring, its completion ring or, in neither, inside the kernel.</summary>
    public static byte Transmitting(int socket) => (byte)(FirstSocket + (2 * socket) + 1);
}
