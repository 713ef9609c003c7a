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

    /// <summary><see cref="EthernetFace.Groups"/> has changed: the active slave must receive these.</summary>
    void GroupsChanged();

    /// <summary>Makes the host's side report its multicast groups.</summary>
    void AskForReports();
}
