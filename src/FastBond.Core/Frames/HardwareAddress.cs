using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace FastBond.Core.Frames;

/// <summary>A link-layer address of up to 20 bytes: 6 on Ethernet, 20 on IPoIB (RFC 4391 section 9.1.1). The empty address has length 0.</summary>
public readonly struct HardwareAddress : IEquatable<HardwareAddress>
{
    /// <summary>The longest address there is: IPoIB's.</summary>
    public const int MaxLength = 20;

    /// <summary>Length of an Ethernet MAC.</summary>
    public const int EthernetLength = 6;

    [InlineArray(MaxLength)]
    private struct Storage
    {
        private byte _first;
    }

    private readonly Storage _bytes;
    private readonly byte _length;

    /// <summary>Takes a copy of <paramref name="bytes"/>; at most <see cref="MaxLength"/> of them.</summary>
    public HardwareAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
        {
            throw new ArgumentException($"a hardware address has at most {MaxLength} bytes", nameof(bytes));
        }

        bytes.CopyTo(_bytes);
        _length = (byte)bytes.Length;
    }

    /// <summary>How many bytes the address has.</summary>
    public int Length => _length;

    /// <summary>Whether there is no address at all.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Whether every byte is 0 (the kernel's "no valid address"); also true of the empty address.</summary>
    public bool IsZero => !AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Whether the group bit of an Ethernet address is set (IEEE 802-2014 clause 8.2.2).</summary>
    public bool IsMulticast => _length > 0 && (_bytes[0] & 1) != 0;

    /// <summary>The address's bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>Parses colon-separated hex of any length up to <see cref="MaxLength"/> bytes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out HardwareAddress address)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[MaxLength];
        int count = 0;
        foreach (Range part in text.Split(':'))
        {
            ReadOnlySpan<char> digits = text[part];
            if (count == MaxLength || digits.Length is 0 or > 2 ||
                !byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]))
            {
                return false;
            }

            count++;
        }

        address = new HardwareAddress(bytes[..count]);
        return true;
    }

    /// <summary>Parses colon-separated hex.</summary>
    /// <exception cref="FormatException">The text is not an address.</exception>
    public static HardwareAddress Parse(string text) =>
        TryParse(text, out HardwareAddress address) ? address : throw new FormatException($"'{text}' is not a hardware address");

    /// <inheritdoc/>
    public bool Equals(HardwareAddress other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HardwareAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Lower-case colon hex, as the kernel prints it.</summary>
    public override string ToString() =>
        string.Create(Math.Max(0, (_length * 3) - 1), this, static (text, address) =>
        {
            const string Digits = "0123456789abcdef";
            for (int i = 0; i < address._length; i++)
            {
                text[i * 3] = Digits[address._bytes[i] >> 4];
                text[(i * 3) + 1] = Digits[address._bytes[i] & 15];
                if (i > 0)
                {
                    text[(i * 3) - 1] = ':';
                }
            }
        });

    /// <summary>Whether both hold the same bytes.</summary>
    public static bool operator ==(HardwareAddress left, HardwareAddress right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(HardwareAddress left, HardwareAddress right) => !left.Equals(right);
}
