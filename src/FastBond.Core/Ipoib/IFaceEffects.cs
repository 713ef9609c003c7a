namespace FastBond.Core.Ipoib;

/// <summary>What the control plane of an Ethernet face asks of the world. All calls come from inside a call into the face.</summary>
public interface IFaceEffects
{
    /// <summary>Sends a frame (20-byte destination first) on the active slave; false if there is none to send on.</summary>
    bool SendToFabric(ReadOnlySpan<byte> frame);

    /// <summary>Hands a frame (destination MAC first) to the host.</summary>
    void SendToHost(ReadOnlySpan<byte> frame);

    /// <summary>Publishes the map to every core.</summary>
    void Publish(FaceMap map);

    /// <summary>A group has its first member on the host's side: the active slave must receive it.</summary>
    void JoinGroup(IpKey group);

    /// <summary>A group has lost its last member on the host's side.</summary>
    void LeaveGroup(IpKey group);

    /// <summary>Makes the host's side report its multicast groups.</summary>
    void AskForReports();
}
