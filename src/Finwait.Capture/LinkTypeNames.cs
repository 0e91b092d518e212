namespace Finwait.Capture;

/// <summary>What libpcap 1.10.3 calls the link types that stand in capture files, by their LINKTYPE_ numbers.</summary>
internal static class LinkTypeNames
{
    private const int Last = 289;

    /// <summary>Runs of numbers that follow each other.</summary>
    private static readonly (int First, string[] Names)[] s_runs =
    [
        (0,
        [
            "NULL (BSD loopback)",
            "EN10MB (Ethernet)",
        ]),
        (6,
        [
            "IEEE802 (Token ring)",
            "ARCNET (BSD ARCNET)",
            "SLIP (SLIP)",
            "PPP (PPP)",
            "FDDI (FDDI)",
            "ATM_RFC1483 (RFC 1483 LLC-encapsulated ATM)",
            "RAW (Raw IP)",
        ]),
        (15,
        [
            "SLIP_BSDOS (BSD/OS SLIP)",
            "PPP_BSDOS (BSD/OS PPP)",
        ]),
        (19, ["ATM_CLIP (Linux Classical IP over ATM)"]),
        (50,
        [
            "PPP_SERIAL (PPP over serial)",
            "PPP_ETHER (PPPoE)",
        ]),
        (99,
        [
            "SYMANTEC_FIREWALL (Symantec Firewall)",
            "ATM_RFC1483 (RFC 1483 LLC-encapsulated ATM)",
            "RAW (Raw IP)",
            "SLIP_BSDOS (BSD/OS SLIP)",
            "PPP_BSDOS (BSD/OS PPP)",
            "C_HDLC (Cisco HDLC)",
            "IEEE802_11 (802.11)",
            "ATM_CLIP (Linux Classical IP over ATM)",
            "FRELAY (Frame Relay)",
            "LOOP (OpenBSD loopback)",
            "ENC (OpenBSD encapsulated IP)",
        ]),
        (113,
        [
            "LINUX_SLL (Linux cooked v1)",
            "LTALK (Localtalk)",
        ]),
        (117, ["PFLOG (OpenBSD pflog file)"]),
        (119, ["PRISM_HEADER (802.11 plus Prism header)"]),
        (122,
        [
            "IP_OVER_FC (RFC 2625 IP-over-Fibre Channel)",
            "SUNATM (Sun raw ATM)",
        ]),
        (127, ["IEEE802_11_RADIO (802.11 plus radiotap header)"]),
        (129,
        [
            "ARCNET_LINUX (Linux ARCNET)",
            "JUNIPER_MLPPP (Juniper Multi-Link PPP)",
            "JUNIPER_MLFR (Juniper Multi-Link Frame Relay)",
            "JUNIPER_ES (Juniper Encryption Services PIC)",
            "JUNIPER_GGSN (Juniper GGSN PIC)",
            "JUNIPER_MFR (Juniper FRF.16 Frame Relay)",
            "JUNIPER_ATM2 (Juniper ATM2 PIC)",
            "JUNIPER_SERVICES (Juniper Advanced Services PIC)",
            "JUNIPER_ATM1 (Juniper ATM1 PIC)",
            "APPLE_IP_OVER_IEEE1394 (Apple IP-over-IEEE 1394)",
            "MTP2_WITH_PHDR (SS7 MTP2 with Pseudo-header)",
            "MTP2 (SS7 MTP2)",
            "MTP3 (SS7 MTP3)",
            "SCCP (SS7 SCCP)",
            "DOCSIS (DOCSIS)",
            "LINUX_IRDA (Linux IrDA)",
        ]),
        (163,
        [
            "IEEE802_11_RADIO_AVS (802.11 plus AVS radio information header)",
            "JUNIPER_MONITOR (Juniper Passive Monitor PIC)",
            "BACNET_MS_TP (BACnet MS/TP)",
            "PPP_PPPD (PPP for pppd, with direction flag)",
            "JUNIPER_PPPOE (Juniper PPPoE)",
            "JUNIPER_PPPOE_ATM (Juniper PPPoE/ATM)",
            "GPRS_LLC (GPRS LLC)",
            "GPF_T (GPF-T)",
            "GPF_F (GPF-F)",
        ]),
        (174,
        [
            "JUNIPER_PIC_PEER (Juniper PIC Peer)",
            "ERF_ETH (Ethernet with Endace ERF header)",
            "ERF_POS (Packet-over-SONET with Endace ERF header)",
            "LINUX_LAPD (Linux vISDN LAPD)",
            "JUNIPER_ETHER (Juniper Ethernet)",
            "JUNIPER_PPP (Juniper PPP)",
            "JUNIPER_FRELAY (Juniper Frame Relay)",
            "JUNIPER_CHDLC (Juniper C-HDLC)",
            "MFR (FRF.16 Frame Relay)",
            "JUNIPER_VP (Juniper Voice PIC)",
            "A429 (Arinc 429)",
            "A653_ICM (Arinc 653 Interpartition Communication)",
            "USB_FREEBSD (USB with FreeBSD header)",
            "BLUETOOTH_HCI_H4 (Bluetooth HCI UART transport layer)",
            "IEEE802_16_MAC_CPS (IEEE 802.16 MAC Common Part Sublayer)",
            "USB_LINUX (USB with Linux header)",
            "CAN20B (Controller Area Network (CAN) v. 2.0B)",
            "IEEE802_15_4_LINUX (IEEE 802.15.4 with Linux padding)",
            "PPI (Per-Packet Information)",
            "IEEE802_16_MAC_CPS_RADIO (IEEE 802.16 MAC Common Part Sublayer plus radiotap header)",
            "JUNIPER_ISM (Juniper Integrated Service Module)",
            "IEEE802_15_4 (IEEE 802.15.4 with FCS)",
            "SITA (SITA pseudo-header)",
            "ERF (Endace ERF header)",
            "RAIF1 (Ethernet with u10 Networks pseudo-header)",
            "IPMB_KONTRON (IPMB with Kontron pseudo-header)",
            "JUNIPER_ST (Juniper Secure Tunnel)",
            "BLUETOOTH_HCI_H4_WITH_PHDR (Bluetooth HCI UART transport layer plus pseudo-header)",
            "AX25_KISS (AX.25 with KISS header)",
        ]),
        (209, ["IPMB_LINUX (IPMB with Linux/Pigeon Point pseudo-header)"]),
        (215,
        [
            "IEEE802_15_4_NONASK_PHY (IEEE 802.15.4 with non-ASK PHY data)",
            "LINUX_EVDEV (Linux evdev events)",
        ]),
        (219,
        [
            "MPLS (MPLS with label as link-layer header)",
            "USB_LINUX_MMAPPED (USB with padded Linux header)",
            "DECT (DECT)",
            "AOS (AOS Space Data Link protocol)",
            "WIHART (Wireless HART)",
            "FC_2 (Fibre Channel FC-2)",
            "FC_2_WITH_FRAME_DELIMS (Fibre Channel FC-2 with frame delimiters)",
            "IPNET (Solaris ipnet)",
            "CAN_SOCKETCAN (CAN-bus with SocketCAN headers)",
            "IPV4 (Raw IPv4)",
            "IPV6 (Raw IPv6)",
            "IEEE802_15_4_NOFCS (IEEE 802.15.4 without FCS)",
            "DBUS (D-Bus)",
            "JUNIPER_VS (Juniper Virtual Server)",
            "JUNIPER_SRX_E2E (Juniper SRX E2E)",
            "JUNIPER_FIBRECHANNEL (Juniper Fibre Channel)",
            "DVB_CI (DVB-CI)",
            "MUX27010 (MUX27010)",
            "STANAG_5066_D_PDU (STANAG 5066 D_PDUs)",
            "JUNIPER_ATM_CEMIC (Juniper ATM CEMIC)",
            "NFLOG (Linux netfilter log messages)",
            "NETANALYZER (Ethernet with Hilscher netANALYZER pseudo-header)",
            "NETANALYZER_TRANSPARENT (Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD)",
            "IPOIB (RFC 4391 IP-over-Infiniband)",
            "MPEG_2_TS (MPEG-2 transport stream)",
            "NG40 (ng40 protocol tester Iub/Iur)",
            "NFC_LLCP (NFC LLCP PDUs with pseudo-header)",
            "PFSYNC (Packet filter state syncing)",
            "INFINIBAND (InfiniBand)",
            "SCTP (SCTP)",
            "USBPCAP (USB with USBPcap header)",
            "RTAC_SERIAL (Schweitzer Engineering Laboratories RTAC packets)",
            "BLUETOOTH_LE_LL (Bluetooth Low Energy air interface)",
        ]),
        (253,
        [
            "NETLINK (Linux netlink)",
            "BLUETOOTH_LINUX_MONITOR (Bluetooth Linux Monitor)",
            "BLUETOOTH_BREDR_BB (Bluetooth Basic Rate/Enhanced Data Rate baseband packets)",
            "BLUETOOTH_LE_LL_WITH_PHDR (Bluetooth Low Energy air interface with pseudo-header)",
            "PROFIBUS_DL (PROFIBUS data link layer)",
            "PKTAP (Apple DLT_PKTAP)",
            "EPON (Ethernet with 802.3 Clause 65 EPON preamble)",
            "IPMI_HPM_2 (IPMI trace packets)",
            "ZWAVE_R1_R2 (Z-Wave RF profile R1 and R2 packets)",
            "ZWAVE_R3 (Z-Wave RF profile R3 packets)",
            "WATTSTOPPER_DLM (WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol)",
            "ISO_14443 (ISO 14443 messages)",
            "RDS (IEC 62106 Radio Data System groups)",
            "USB_DARWIN (USB with Darwin header)",
            "OPENFLOW (OpenBSD DLT_OPENFLOW)",
            "SDLC (IBM SDLC frames)",
            "TI_LLN_SNIFFER (TI LLN sniffer frames)",
        ]),
        (271,
        [
            "VSOCK (Linux vsock)",
            "NORDIC_BLE (Nordic Semiconductor Bluetooth LE sniffer frames)",
            "DOCSIS31_XRA31 (Excentis XRA-31 DOCSIS 3.1 RF sniffer frames)",
            "ETHERNET_MPACKET (802.3br mPackets)",
            "DISPLAYPORT_AUX (DisplayPort AUX channel monitoring data)",
            "LINUX_SLL2 (Linux cooked v2)",
        ]),
        (278,
        [
            "OPENVIZSLA (OpenVizsla USB)",
            "EBHSCR (Elektrobit High Speed Capture and Replay (EBHSCR))",
            "VPP_DISPATCH (VPP graph dispatch tracer)",
            "DSA_TAG_BRCM (Broadcom tag)",
            "DSA_TAG_BRCM_PREPEND (Broadcom tag (prepended))",
            "IEEE802_15_4_TAP (IEEE 802.15.4 with pseudo-header)",
            "DSA_TAG_DSA (Marvell DSA)",
            "DSA_TAG_EDSA (Marvell EDSA)",
            "ELEE (ELEE lawful intercept packets)",
            "Z_WAVE_SERIAL (Z-Wave serial frames between host and chip)",
            "USB_2_0 (USB 2.0/1.1/1.0 as transmitted over the cable)",
            "ATSC_ALP (ATSC Link-Layer Protocol packets)",
        ]),
    ];

    private static readonly string?[] s_names = Table();

    /// <summary>The name and what it means, such as <c>EN10MB (Ethernet)</c>; null for a number without a name.</summary>
    public static string? Find(LinkType linkType) => (uint)linkType <= Last ? s_names[(int)linkType] : null;

    /// <summary>True if a link type has this name, the part in front of the bracket.</summary>
    public static bool IsName(string name) =>
        s_names.Any(known => known is not null && known.AsSpan(0, known.IndexOf(' ', StringComparison.Ordinal)).Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string?[] Table()
    {
        var names = new string?[Last + 1];
        foreach ((int first, string[] run) in s_runs)
        {
            run.CopyTo(names, first);
        }

        return names;
    }
}
