namespace FastBond.Core.Hashing;

/// <summary>How <c>xmit_hash_policy</c> is spelled: the kernel's names, and xor24 for ours.</summary>
public static class TransmitHashPolicyNames
{
    private static readonly string[] Names = ["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac", "xor24"];

    /// <summary>Every name, in the order of the policies' numbers.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>Parses a name, one of the other user-mode bonds' spellings (l2, l23, l34), or a kernel policy's number.</summary>
    public static bool TryParse(string text, out TransmitHashPolicy policy)
    {
        int number = text switch
        {
            "l2" => (int)TransmitHashPolicy.Layer2,
            "l23" => (int)TransmitHashPolicy.Layer23,
            "l34" => (int)TransmitHashPolicy.Layer34,
            [>= '0' and <= '5'] => text[0] - '0',
            _ => Array.IndexOf(Names, text),
        };
        policy = (TransmitHashPolicy)Math.Max(number, 0);
        return number >= 0;
    }
}
